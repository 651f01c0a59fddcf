"""Letters as files: the text of a mail or of a PDF, read where it can do no harm."""
