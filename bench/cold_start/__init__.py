"""Benchmark of a cold start: one fresh process for each module."""
