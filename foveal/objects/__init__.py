"""Objects in the bucket: their keys, their user-defined metadata, their media types."""
