"""Documents: what a file says or holds, be it a mail, a PDF or an image, read in processes that can do no harm."""
