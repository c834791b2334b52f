"""Geometry of labels: placement within the image, pixels, masks."""
