"""Limits of similarity that answers state."""

from typing import Final

MAX_IDS_IN_GROUP: Final = 50
"""The number of ids named in a group of duplicates: 1,000 groups of 50 are 3 MB."""
MAX_DISTANCE: Final = 8
"""Bits in which the perceptual hashes of near-duplicates may differ; those of other pictures differ in ten and more."""
