"""The few AWS calls of the request path, signed and sent without botocore (see docs/decisions)."""
