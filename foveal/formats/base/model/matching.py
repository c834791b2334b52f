"""Match the names of a label file to assets: whole path, else a unique path suffix, else a unique base name; a name
without a file extension, as label files of YOLO have it, to the unique asset that has it with one.

Names are compared in Unicode Normalization Form C, with `/` for a backslash, percent escapes decoded, a query
dropped; without regard to case last. Of several assets that fit equally well none is taken.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import unquote, urlsplit

from foveal.formats.base.files.temporary_database import TemporaryDatabase, to_bytes, to_text

MAX_NAME: Final = 4096
"""Characters of a name that is looked up: looking for all its ends takes the square of its length."""

How = Literal["path", "suffix", "base_name", "stem"]


@dataclass(frozen=True, slots=True)
class Match:
    """The asset's name, and how it was found; a base name alone deserves a warning. `stem`: all but the extension."""

    name: str
    how: How


class AssetNames:
    """The names of assets, by all of their path suffixes; on disk, since a project may have a million."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._tables = TemporaryDatabase(_TABLE, stem=_stem)
        self._has_stems = False
        self._last: tuple[str, Match | None] | None = None
        for name in names:
            self.add(name)

    def __len__(self) -> int:
        return int(self._tables.one("SELECT count(*) FROM names WHERE kind = 'path'")[0])

    def add(self, name: str) -> None:
        """Add the name of an asset."""
        stored, forms = to_bytes(name), _forms(name)
        for form in forms:
            self._tables.run("INSERT OR IGNORE INTO names VALUES ('path', ?, ?)", to_bytes(form), stored)
        for end in {each for suffix in _suffixes(forms[0]) for each in (suffix, suffix.casefold())}:
            self._tables.run(_NOTE_END, to_bytes(end), stored)
        self._has_stems, self._last = False, None

    def find(self, name: str) -> Match | None:
        """Return the one asset that a name of a file stands for, or None."""
        last = self._last
        if last is None or last[0] != name:
            self._last = last = name, self._find(name)
        return last[1]

    def _find(self, name: str) -> Match | None:
        if len(name) > MAX_NAME:
            return None
        forms = _forms(name)
        for form in forms:
            if found := self._of("path", form):
                return Match(to_text(found[0]), "path")
        ends = [suffix for form in (*forms, *(form.casefold() for form in forms)) for suffix in _suffixes(form)]
        for suffix in ends:
            if found := self._of("end", suffix):
                how: How = "suffix" if "/" in suffix else "base_name"
                return Match(to_text(found[0]), how) if found[0] is not None else None
        return self._find_stem(ends)

    def extension_of(self, stem: str) -> str | None:
        """Return the extension, with its dot, of the one asset whose name is `stem` without it; None for no such."""
        match = self.find(stem)
        return "." + match.name.rpartition(".")[2] if match and match.how == "stem" else None

    def _find_stem(self, ends: Iterable[str]) -> Match | None:
        if not self._has_stems:
            self._tables.run("DELETE FROM names WHERE kind = 'stem'")
            self._tables.run(_NOTE_STEMS)
            self._has_stems = True
        found = next((row for end in ends if (row := self._of("stem", end))), None)
        return Match(to_text(found[0]), "stem") if found and found[0] is not None else None

    def _of(self, kind: str, place: str) -> Any:
        return self._tables.one("SELECT name FROM names WHERE kind = ? AND place = ?", kind, to_bytes(place))


_TABLE: Final = "CREATE TABLE names (kind TEXT, place BLOB, name BLOB, PRIMARY KEY (kind, place)) WITHOUT ROWID;"
_NOTE_END: Final = (
    "INSERT INTO names VALUES ('end', ?, ?)"
    " ON CONFLICT (kind, place) DO UPDATE SET name = iif(name IS excluded.name, name, NULL)"
)
"""Notes the asset of an end of a path, as `_NOTE_STEMS` of an end without its extension; NULL once several have it."""
_NOTE_STEMS: Final = (
    "INSERT INTO names SELECT 'stem', stem(place), name FROM names WHERE kind = 'end' AND stem(place) NOT NULL"
    " ON CONFLICT (kind, place) DO UPDATE SET name = iif(name IS excluded.name, name, NULL)"
)


def _stem(end: bytes) -> bytes | None:
    """Return an end of a path without its extension, or None where it has none."""
    stem, dot, _ = end.rpartition(b".")
    return stem if dot and stem and not stem.endswith(b"/") else None


def _forms(name: str) -> tuple[str, ...]:
    """Return the plain form of a name, and the one that it has as an address where it looks like one."""
    plain = _plain(name)
    path = urlsplit(name).path if "://" in name else name.partition("?")[0]
    decoded = _plain(unquote(path))
    return (plain,) if plain == decoded else (plain, decoded)


def _plain(name: str) -> str:
    parts = unicodedata.normalize("NFC", name).replace("\\", "/").split("/")
    return "/".join(part for part in parts if part not in ("", "."))


def _suffixes(path: str) -> Iterable[str]:
    """Yield the path and its ends, the longest first."""
    while True:
        yield path
        _, separator, path = path.partition("/")
        if not separator:
            return
