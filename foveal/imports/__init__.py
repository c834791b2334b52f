"""Imports: label files become annotations of a project's assets, record by record, and can be undone."""
