"""Python client: `Foveal` and `AsyncFoveal`, a method for each operation of the API, typed, with retries and pages.

from foveal.client import Foveal

with Foveal() as foveal:
    for asset in foveal.project("zoo").assets.search({"annotations": {"any": {"label": "lion"}}}):
        print(asset["asset_id"], asset["file_name"])
"""

from typing import TYPE_CHECKING, Any, Final

from foveal.client.errors import (
    APIError,
    ConfigurationError,
    FovealError,
    NetworkError,
    SignInError,
    UploadError,
)

if TYPE_CHECKING:
    from foveal.client._async.client import AsyncFoveal
    from foveal.client._sync.client import Foveal
    from foveal.client._sync.project import Project

__all__ = [
    "APIError",
    "AsyncFoveal",
    "ConfigurationError",
    "Foveal",
    "FovealError",
    "NetworkError",
    "Project",
    "SignInError",
    "UploadError",
]

_CLIENTS: Final = {
    "AsyncFoveal": "foveal.client._async.client",
    "Foveal": "foveal.client._sync.client",
    "Project": "foveal.client._sync.project",
}
"""Imported at first use: commands that call no API need no HTTP library, which takes 40 ms."""


def __getattr__(name: str) -> Any:
    if name not in _CLIENTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_CLIENTS[name]), name)
