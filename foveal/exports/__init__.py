"""Exports: the annotations of a project's assets in the format of another tool, with a report of each loss."""
