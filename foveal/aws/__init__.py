"""AWS calls of the request path, signed and sent without botocore (docs/decisions/0020, 0024)."""
