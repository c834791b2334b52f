"""Python client: `Foveal` and `AsyncFoveal`, a method for each operation of the API, typed, with retries and pages.

from foveal.client import Foveal

with Foveal() as foveal:
    for asset in foveal.project("zoo").search({"annotations": {"any": {"label": "lion"}}}):
        print(asset["asset_id"], asset["file_name"])
"""

from foveal.client._async.client import AsyncFoveal
from foveal.client._sync.client import Foveal
from foveal.client.errors import APIError, ConfigurationError, FovealError, NetworkError, UploadError

__all__ = ["APIError", "AsyncFoveal", "ConfigurationError", "Foveal", "FovealError", "NetworkError", "UploadError"]
