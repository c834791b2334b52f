"""The synchronous client, the source of the synchronous one: `python -m tools.client` writes `_sync`."""
