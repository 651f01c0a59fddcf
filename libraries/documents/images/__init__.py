"""Images, by their own structure: size, frames, and what beside the picture they carry. Nothing is decoded."""
