"""Encodings: ids, instants, JSON text, run lengths of masks."""
