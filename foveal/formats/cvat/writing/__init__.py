"""Writers of CVAT's XML 1.1 and of its dataset manifest."""
