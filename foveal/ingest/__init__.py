"""Ingest: S3 events trigger a read of the object, and the catalog records the state that was read."""
