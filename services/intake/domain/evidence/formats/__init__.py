"""The structure of each image format: which bytes are the picture, and which its copy for others has not."""
