"""Data set versions: immutable lists of assets, bytes and annotations under one hash, with splits and differences."""
