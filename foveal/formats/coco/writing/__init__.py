"""Writing of COCO files."""
