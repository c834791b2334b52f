"""Benchmark of the header readers: servers and objects."""
