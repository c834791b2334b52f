"""Drawing of annotations on pictures: raster and SVG."""
