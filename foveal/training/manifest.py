"""Manifest: the frozen list of samples that a training reads, a JSON object a line in a file.

The samples are those that a search found, or the members of a data set version.

The file is mapped into memory, so that all workers of a machine share one copy of it, whatever its size.
"""

import hashlib
import json
import mmap
import os
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from foveal.client import ConfigurationError, Foveal
from foveal.training import versions

FORMAT: Final = "foveal manifest 1"
_NEEDED: Final = ("asset_id", "file_name", "size_bytes", "mime_type", "checksums", "s3")
_COUNTED: Final = frozenset({"format", "samples", "filler"})
"""Members of the head that are no part of the question."""
Lines = Iterator[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Sample:
    """One asset of a manifest.

    Attributes:
        asset_id: Id of the asset.
        version: Version id of its bytes in S3. Where the bucket keeps no versions: their ETag, `null` in a data set
            version.
        file_name: Name under which it was uploaded; empty if none is known.
        mime_type: Type that was found in its bytes.
        size_bytes: Size of the original.
        crc64nvme: Checksum of the original as S3 states it (8 bytes, base64), None if it states another one.
        facts: The other members that were asked for, as a search answers them; of a data set version `split` and
            `annotations`.
    """

    asset_id: str
    version: str
    file_name: str
    mime_type: str
    size_bytes: int
    crc64nvme: str | None
    facts: Mapping[str, Any] = field(default_factory=dict)


class Manifest(Sequence[Sample]):
    """Samples in the order in which they were listed. Files are read by `Manifest(path)`."""

    def __init__(self, path: str | Path) -> None:
        """Open a manifest. Raises ConfigurationError for a file that is none or was cut."""
        self.path = Path(path)
        with self.path.open("rb") as file:
            if not os.fstat(file.fileno()).st_size:
                raise ConfigurationError(f"{self.path} is empty: list the samples again")
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._ends = _line_ends(self._bytes)
        try:
            self.head: dict[str, Any] = json.loads(self._bytes[: self._ends[0]])
            is_whole = self.head["format"] == FORMAT and self.head["samples"] == len(self)
        except (IndexError, ValueError, KeyError, TypeError):
            is_whole = False
        if not is_whole:
            raise ConfigurationError(f"{self.path} is no whole {FORMAT!r}: list the samples again")

    @classmethod
    def list(
        cls,
        path: str | Path,
        project: str,
        *,
        filter: Mapping[str, Any] | str | None = None,
        view: str | None = None,
        fields: Sequence[str] = (),
        foveal: Foveal | None = None,
    ) -> "Manifest":
        """Search a project once and write what is found to a file; return the manifest of an existing file as it is.

        Args:
            path: The file. It appears only when the list is complete. List on one rank, then share the file.
            project: Name of the project.
            filter: As `docs/search.md` describes, or a query string (`tags=train`); only assets that are `ready` are
                listed.
            view: Name of a saved view whose filter must hold as well.
            fields: Members of the asset that each sample brings, for example `attributes` or `label_summary`.
            foveal: Client; by default one that finds address and token by itself.

        Raises APIError, NetworkError, and ConfigurationError for an existing file of another question.
        """
        question = {"project": project, "filter": filter, "view": view, "fields": [*fields]}
        return cls._made(Path(path), question, _found, foveal)

    @classmethod
    def of_version(
        cls,
        path: str | Path,
        project: str,
        dataset: str,
        version: int | Literal["newest"],
        *,
        split: str | None = None,
        foveal: Foveal | None = None,
    ) -> "Manifest":
        """List a data set version once; return the manifest of an existing file of the same version as it is.

        Each sample has the pinned version of its bytes, and in `facts` its `split` and its `annotations` in the pinned
        revisions (those of docs/catalog.md). The file is the same whenever and wherever it is made.

        Args:
            path: The file, as for `list`.
            project: Name of the project.
            dataset: Name of the data set.
            version: Number of the version; `newest` is looked up each time, an older file is then refused.
            split: Only the members of this split.
            foveal: Client, as for `list`.

        Raises APIError, NetworkError, and ConfigurationError for an existing file of another version or split.
        """
        with _client(foveal) as client:
            question = {"project": project, **versions.resolved(client, project, dataset, version), "split": split}
            return cls._made(Path(path), question, _pinned, client)

    @classmethod
    def _made(
        cls,
        path: Path,
        question: dict[str, Any],
        find: Callable[[Foveal, dict[str, Any]], Lines],
        foveal: Foveal | None,
    ) -> "Manifest":
        if path.exists():
            found = cls(path)
            known = {name: value for name, value in found.head.items() if name not in _COUNTED}
            if known != question:
                raise ConfigurationError(f"{path} lists other samples than these: choose another file, or delete it")
            return found
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with _client(foveal) as client:
                _write(draft, question, find(client, question))
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        return cls(path)

    @property
    def is_pinned(self) -> bool:
        """True for a data set version: the bytes are those of the listed S3 versions, also when they were replaced."""
        return "dataset" in self.head

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, index: Any) -> Any:
        """Return a sample. Raises IndexError outside the manifest, TypeError for a slice."""
        if not isinstance(index, int):
            raise TypeError("a manifest is read sample by sample")
        if not 0 <= index < len(self):
            raise IndexError(index)
        return Sample(**json.loads(self._bytes[self._ends[index] + 1 : self._ends[index + 1]]))

    def __iter__(self) -> Iterator[Sample]:
        return (self[index] for index in range(len(self)))

    def __reduce__(self) -> tuple[type["Manifest"], tuple[Path]]:
        return Manifest, (self.path.absolute(),)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the file, in hexadecimal: equal for equal samples in equal order."""
        return hashlib.sha256(self._bytes).hexdigest()


@contextmanager
def _client(given: Foveal | None) -> Iterator[Foveal]:
    """Yield a client: the given one, or one of its own that is closed at the end."""
    if given is not None:
        yield given
        return
    with Foveal() as made:
        yield made


def _found(client: Foveal, question: dict[str, Any]) -> Lines:
    """Yield the samples that a search finds."""
    options: dict[str, Any] = {} if question["view"] is None else {"view": question["view"]}
    assets = client.project(question["project"]).assets.search(
        _ready(question["filter"]),
        sort="created_at",
        fields=[*dict.fromkeys((*_NEEDED, *question["fields"]))],
        **options,
    )
    return (_sample(asset, question["fields"]) for asset in assets)


def _pinned(client: Foveal, question: dict[str, Any]) -> Lines:
    """Yield the samples of a data set version."""
    names = ("project", "dataset", "version", "split")
    return versions.samples(client, *(question[name] for name in names))


def _write(path: Path, question: dict[str, Any], lines: Lines) -> None:
    samples = 0
    with path.open("w+b") as file:
        file.write(_line(_head(question, 0)))  # the number is filled in at the end; it has always the same length
        for line in lines:
            file.write(_line(line))
            samples += 1
        file.seek(0)
        file.write(_line(_head(question, samples)))
        file.flush()
        os.fsync(file.fileno())


def _ready(given: Mapping[str, Any] | str | None) -> dict[str, Any] | str:
    """Return a filter that finds what `given` finds and is ready."""
    if isinstance(given, str):
        return f"{given}&status=ready".lstrip("&")
    ready = {"field": "status", "eq": "ready"}
    return ready if given is None else {"and": [ready, given]}


def _head(question: dict[str, Any], samples: int) -> dict[str, Any]:
    head = {"format": FORMAT, **question, "samples": samples}
    return head | {"filler": " " * (20 - len(str(samples)))}


def _sample(asset: Mapping[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    place, checksums = asset.get("s3") or {}, asset.get("checksums") or {}
    is_whole = checksums.get("type") in (None, "FULL_OBJECT")
    return {
        "asset_id": asset["asset_id"],
        "version": place.get("version_id") or place.get("etag") or "",
        "file_name": asset.get("file_name") or "",
        "mime_type": asset.get("mime_type") or "",
        "size_bytes": asset.get("size_bytes") or 0,
        "crc64nvme": checksums.get("crc64nvme") if is_whole else None,
        "facts": {name: asset[name] for name in fields if name in asset},
    }


def _line(members: Mapping[str, Any]) -> bytes:
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _line_ends(data: mmap.mmap) -> "array[int]":
    """Return the offset of each line break."""
    ends = array("Q")
    end = data.find(b"\n")
    while end >= 0:
        ends.append(end)
        end = data.find(b"\n", end + 1)
    return ends
