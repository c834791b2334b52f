"""Aggregates: counts, histograms, quantiles and distinct values of assets and annotations."""
