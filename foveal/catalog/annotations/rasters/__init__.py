"""Masks and heatmaps of annotations: their models, and the objects in the bucket that hold large ones."""
