"""Container structures shared by several readers: ISO boxes, EBML elements, TIFF directories."""
