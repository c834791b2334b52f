"""Generator of the Python client: types and operations from `foveal/api/openapi.json`, sync from async source."""
