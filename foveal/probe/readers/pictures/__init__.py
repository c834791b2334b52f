"""Still pictures of one file each: a reader for every format."""
