"""PDFs: their text, forms and notes, and the images in them that tell more than they show."""
