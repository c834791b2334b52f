"""Container structures that several readers walk: ISO boxes, EBML elements, TIFF directories."""
