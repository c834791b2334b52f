"""Delivery of media: the distribution, its response headers, the keys that sign URLs."""
