"""Upload of folders of any size: many connections, resumed after a crash, every file accounted for."""

from typing import TYPE_CHECKING, Any, Final

from foveal.client.folders.report import Outcome, State, Summary
from foveal.client.folders.settings import UploadSettings

if TYPE_CHECKING:
    from foveal.client.folders.uploader import upload_folder
    from foveal.client.folders.verification import verify_folder

__all__ = ["Outcome", "State", "Summary", "UploadSettings", "upload_folder", "verify_folder"]

_FUNCTIONS: Final = {
    "upload_folder": "foveal.client.folders.uploader",
    "verify_folder": "foveal.client.folders.verification",
}
"""Imported at first use: the checksums' library takes 60 ms, and `foveal upload --help` needs none."""


def __getattr__(name: str) -> Any:
    if name not in _FUNCTIONS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_FUNCTIONS[name]), name)
