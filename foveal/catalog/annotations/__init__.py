"""Annotations: models, writes with history and undo, and the label summary of each asset."""
