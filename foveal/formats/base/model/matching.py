"""Match the names of a label file to assets: whole path, else a unique path suffix, else a unique base name; a name
without a file extension, as label files of YOLO have it, to the unique asset that has it with one.

Names are compared in Unicode Normalization Form C, with `/` for a backslash, percent escapes decoded, a query
dropped; without regard to case last. Of several assets that fit equally well none is taken.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import unquote, urlsplit

MAX_NAME: Final = 4096
"""Characters of a name that is looked up: looking for all its ends takes the square of its length."""

How = Literal["path", "suffix", "base_name", "stem"]


@dataclass(frozen=True, slots=True)
class Match:
    """The asset's name, and how it was found; a base name alone deserves a warning. `stem`: all but the extension."""

    name: str
    how: How


class AssetNames:
    """The names of assets, by all of their path suffixes."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._paths: dict[str, str] = {}
        self._suffixes: dict[str, str | None] = {}
        self._stems: dict[str, str | None] | None = None
        for name in names:
            self.add(name)

    def __len__(self) -> int:
        return len(self._paths)

    def add(self, name: str) -> None:
        """Add the name of an asset."""
        for form in _forms(name):
            self._paths.setdefault(form, name)
        for suffix in _suffixes(_forms(name)[0]):
            _note(self._suffixes, suffix, name)
            _note(self._suffixes, suffix.casefold(), name)
        self._stems = None

    def find(self, name: str) -> Match | None:
        """Return the one asset that a name of a file stands for, or None."""
        if len(name) > MAX_NAME:
            return None
        forms = _forms(name)
        for form in forms:
            if form in self._paths:
                return Match(self._paths[form], "path")
        ends = [suffix for form in (*forms, *(form.casefold() for form in forms)) for suffix in _suffixes(form)]
        for suffix in ends:
            if suffix in self._suffixes:
                found = self._suffixes[suffix]
                return Match(found, "suffix" if "/" in suffix else "base_name") if found is not None else None
        return self._find_stem(ends)

    def extension_of(self, stem: str) -> str | None:
        """Return the extension, with its dot, of the one asset whose name is `stem` without it; None for no such."""
        match = self.find(stem)
        return "." + match.name.rpartition(".")[2] if match and match.how == "stem" else None

    def _find_stem(self, ends: Iterable[str]) -> Match | None:
        if self._stems is None:
            self._stems = {}
            for suffix, name in self._suffixes.items():
                stem, dot, _ = suffix.rpartition(".")
                if dot and stem and not stem.endswith("/"):
                    _note(self._stems, stem, name)
        found = next((self._stems[end] for end in ends if end in self._stems), None)
        return Match(found, "stem") if found is not None else None


def _note(found: dict[str, str | None], end: str, name: str | None) -> None:
    """Note the asset of an end of a path; None once several assets have it."""
    found[end] = name if found.get(end, name) == name else None


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
