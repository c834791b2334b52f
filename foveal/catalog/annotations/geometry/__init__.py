"""Geometry of annotations: place on the image, bounds, pixels."""
