"""Validation of what callers send: value types, strict models, error texts."""
