"""Checks of the OpenAPI document by public linters and by clients that are generated from it."""
