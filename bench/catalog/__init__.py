"""Benchmark of the catalog: its data, and the peer."""
