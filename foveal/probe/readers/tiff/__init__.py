"""TIFF and the raw formats of cameras that are built like it."""
