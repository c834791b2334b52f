"""Paths of the files that are written: a split for each asset, a path below it that no other asset has."""

import posixpath
import re
from typing import Final
from urllib.parse import urlsplit

from foveal.formats.base.files.probing import is_media
from foveal.formats.base.model.items import Asset
from foveal.formats.base.model.loss import LossReport
from foveal.formats.yolo.files import LABEL_FOLDERS, SPLITS

_FOLDERS: Final = frozenset({"images", *LABEL_FOLDERS})
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


class Paths:
    """Splits and paths of the assets of a data set, each path given once."""

    def __init__(self, losses: LossReport) -> None:
        self._losses, self._taken = losses, set[str]()

    def of(self, asset: Asset) -> tuple[str, str, str]:
        """Return split, path without suffix, and suffix of an asset's image."""
        split = split_of(asset, self._losses)
        parts = _parts(asset.file_name)
        while len(parts) > 1 and (parts[0] in _FOLDERS or SPLITS.get(parts[0].lower()) == split):
            parts.pop(0)
        kept = [*(part for part in parts[:-1] if part not in _FOLDERS), parts[-1]]
        name = "/".join(_CONTROL.sub("_", part).strip() or "_" for part in kept)
        stem, suffix = posixpath.splitext(name) if is_media(name) else (name, "")
        path, count = stem, 1
        while f"{split}/{path}".casefold() in self._taken:
            count += 1
            path = f"{count}/{stem}"
        self._taken.add(f"{split}/{path}".casefold())
        if path + suffix != "/".join(parts):
            why = "Another image has this path, or it holds a folder `images` or `labels`, or a control character."
            self._losses.tell("path_changed", "file_name", why, asset.file_name)
        return split, path, suffix


def split_of(asset: Asset, losses: LossReport) -> str:
    """Return train, val or test for the split of an asset; any other is told."""
    given = asset.split or ""
    known = SPLITS.get(given.lower())
    if known is not None:
        return known
    found = next((name for name in ("train", "val", "test") if given.lower().startswith(name)), "train")
    why = "YOLO knows train, val and test: one of them is written."
    losses.tell("split_changed", "split", why, asset.file_name)
    return found


def _parts(file_name: str) -> list[str]:
    """Return the parts of a path; of an address those of its path."""
    plain = urlsplit(file_name).path if "://" in file_name else file_name
    parts = [part for part in plain.replace("\\", "/").split("/") if part not in ("", ".", "..") and part[-1] != ":"]
    return parts or ["_"]
