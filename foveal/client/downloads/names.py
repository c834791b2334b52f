"""File names of downloads: names that uploaders chose, as names that are safe in one folder of any file system."""

import re
import unicodedata
from pathlib import PurePosixPath
from typing import Final

MAX_NAME_BYTES: Final = 200
_SEPARATORS: Final = re.compile(r"[/\\]")
_FORBIDDEN: Final = re.compile(r'[<>:"|?*\x00-\x1f\x7f-\x9f]')
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of characters that are not seen, among them those that turn the direction of writing."""
_DEVICES: Final = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
"""Names of devices on Windows ("Naming Files, Paths, and Namespaces", Microsoft Learn)."""


def safe_name(name: str, otherwise: str) -> str:
    """Return the last part of a name, without what a file system or terminal would obey; `otherwise` for nothing left.

    The result is not hidden, is no device of Windows, is in Unicode's form C and has at most 200 bytes.
    """
    last = _SEPARATORS.split(unicodedata.normalize("NFC", name))[-1]
    visible = "".join(each for each in last if unicodedata.category(each) not in _INVISIBLE)
    clean = _FORBIDDEN.sub("_", visible).strip().lstrip(".").rstrip(". ").strip()
    if not clean:
        return otherwise
    return cut(f"_{clean}" if _DEVICES.fullmatch(clean) else clean)


def cut(name: str) -> str:
    """Return a name of at most 200 bytes in UTF-8; its end, which tells the format, stays."""
    if len(name.encode()) <= MAX_NAME_BYTES:
        return name
    ending = PurePosixPath(name).suffix
    ending = ending if len(ending.encode()) <= 20 else ""
    stem = name.removesuffix(ending).encode()[: MAX_NAME_BYTES - len(ending.encode())]
    return stem.decode(errors="ignore") + ending


class NameChooser:
    """Gives each asset of a run a name of its own; names that differ by case alone are the same on some systems."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def choose(self, name: str, asset_id: str) -> str:
        """Return the safe name, with the end of the asset's id in it where another asset of the run has it."""
        safe = safe_name(name, asset_id)
        if safe.casefold() in self._taken:
            ending = PurePosixPath(safe).suffix
            safe = cut(f"{safe.removesuffix(ending)[:120]}-{asset_id[-12:]}{ending}")
        if safe.casefold() in self._taken:
            safe = asset_id
        self._taken.add(safe.casefold())
        return safe
