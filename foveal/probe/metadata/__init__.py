"""Embedded metadata: EXIF, XMP, ICC profiles, CICP colour codes."""
