"""TIFFs whose samples Pillow does not show as they are: satellite and elevation data, and big-endian BigTIFF."""
