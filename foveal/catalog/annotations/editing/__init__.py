"""Edits of annotations within one transaction: load, resolve, validate, flush."""
