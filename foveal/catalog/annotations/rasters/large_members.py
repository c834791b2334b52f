"""Members of annotations that may be too large for MongoDB and are then stored as objects under `masks/`."""

from typing import Final

LARGE: Final = {"mask": "counts", "map": "values"}
"""The fields of an annotation of which one member may be large, with that member."""
