"""Benchmark of ingest: servers, objects and handlers."""
