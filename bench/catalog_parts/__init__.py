"""Parts of bench/catalog.py: the data, and the peer."""
