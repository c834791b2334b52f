"""HTTP boundary: dispatch, authentication claims, documentation of routes, the OpenAPI document."""
