"""Layout of a FiftyOneDataset: `metadata.json`, samples and frames in one file or one file each, files of runs.

Source: FiftyOne 1.22.1, `utils/data/exporters.py`, `FiftyOneDatasetExporter`, and `core/odm/database.py`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from foveal.formats.base.files.json_scan import scan
from foveal.formats.base.files.source import Source, pointer, read_bytes, read_text
from foveal.formats.base.model.items import FormatError

METADATA = "metadata.json"
MAX_DOCUMENT_BYTES = 64 * 2**20
_RUN_FOLDERS = ("annotations", "brain", "evaluations", "runs")


@dataclass(frozen=True, slots=True)
class Record:
    """A sample or a frame: its text and its pointer; the pointers of its members begin with `prefix`."""

    text: str
    pointer: str
    prefix: str


class Layout:
    """The files of a data set in a source; `root` is its folder, "" or with a slash at its end."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._around = source.around() if source.main is not None else source
        names = self._around.names()
        self._names = frozenset(names)
        root = _root(names)
        if root is None:
            raise FormatError("no_samples", "There is no samples.json and no folder samples/ beside metadata.json.")
        self.root = root

    @property
    def has_metadata(self) -> bool:
        return f"{self.root}{METADATA}" in self._names

    def metadata(self) -> str:
        """Return the text of `metadata.json`. Raises FormatError."""
        return read_text(self._around, f"{self.root}{METADATA}", MAX_DOCUMENT_BYTES)

    def records(self, kind: str) -> Iterator[Record]:
        """Yield the `samples` or the `frames`. Raises FormatError."""
        single = f"{self.root}{kind}.json"
        if single in self._names:
            with self._around.open(single) as stream:
                for element in scan(stream):
                    if element.section == kind and element.index is not None:
                        at = pointer(self._source, single, element.pointer)
                        yield Record(self._text(element.raw, single), at, at)
            return
        for name in self.files(f"{kind}/"):
            at = pointer(self._source, name, "")
            yield Record(self._text(read_bytes(self._around, name, MAX_DOCUMENT_BYTES), name), at, at)

    def files(self, folder: str) -> Sequence[str]:
        """Return the names of the JSON files in a folder of the data set."""
        prefix = f"{self.root}{folder}"
        return sorted(name for name in self._names if name.startswith(prefix) and name.endswith(".json"))

    def sections(self) -> Iterator[tuple[str, str]]:
        """Yield name and text of each file that belongs to no sample: runs and their results."""
        for folder in _RUN_FOLDERS:
            for name in self.files(f"{folder}/"):
                yield name.removeprefix(self.root), read_text(self._around, name, MAX_DOCUMENT_BYTES)

    def json_files(self) -> Sequence[str]:
        """Return the names of all JSON files of the data set."""
        kinds = [f"{self.root}{name}" for name in (METADATA, "samples.json", "frames.json")]
        folders = (*_RUN_FOLDERS, "samples", "frames")
        return [name for name in kinds if name in self._names] + [
            name for folder in folders for name in self.files(f"{folder}/")
        ]

    def file(self, path: str) -> bytes | None:
        """Return a file that a label names, by its path in the data set; None where it is not there."""
        plain = PurePosixPath(path.replace("\\", "/"))
        for name in (f"{self.root}{plain}", *(f"{self.root}{each}" for each in _ends(plain))):
            if name in self._names:
                return read_bytes(self._around, name, MAX_DOCUMENT_BYTES)
        return None

    @staticmethod
    def _text(raw: bytes, name: str) -> str:
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise FormatError("not_utf8", f"{name} is not UTF-8.") from error


def is_layout(source: Source) -> bool:
    """Tell by names alone whether the source is laid out as a FiftyOneDataset."""
    return _root(source.names()) is not None


def _root(names: Sequence[str]) -> str | None:
    """Return the shallowest folder that has samples; beside `metadata.json` where there is one."""
    found = {
        name.removesuffix("samples.json") for name in names if name == "samples.json" or name.endswith("/samples.json")
    }
    metadata = {name.removesuffix(METADATA) for name in names if name == METADATA or name.endswith("/" + METADATA)}
    if metadata:
        folders = {name.rpartition("samples/")[0] for name in names if "samples/" in name and name.endswith(".json")}
        found |= {root for root in metadata if root in folders}
    beside = found & metadata or found
    return min(beside, key=lambda root: (root.count("/"), root)) if beside else None


def _ends(path: PurePosixPath) -> Iterator[PurePosixPath]:
    """Yield the ends of an absolute path that begin at a folder of the data set."""
    parts = path.parts
    for start, part in enumerate(parts):
        if part in ("fields", "data"):
            yield PurePosixPath(*parts[start:])
