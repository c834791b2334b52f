"""Tables of labels: CSV, JSON lines and Parquet, one row an annotation or one row an image with its objects."""
