"""Parts of an export: the assets of each finished range, compressed, as an object of the bucket.

A part names the one before it, and the checkpoint of the job names the last one. A worker that has lost its job may
still store a part under its own name, but no other part leads to it. The writer of the format reads the parts alone,
as often as it wants, so that all of its passes see the same assets, whatever is edited meanwhile.
"""

import gzip
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Final, TypedDict, cast

import msgspec

from foveal.aws.errors import NoSuchKey
from foveal.aws.s3 import S3
from foveal.errors import Conflict
from foveal.formats.base.files.json_records import dumps
from foveal.formats.base.model.dataset import LabelledAsset
from foveal.formats.base.model.items import Annotation
from foveal.jobs.files import download, upload

MAX_ASSETS: Final = 10_000
MAX_BYTES: Final = 64 * 2**20
"""Text of a part before compression; the asset that reaches it is the last one."""
MAX_SECONDS: Final = 10.0
_CONTENT_TYPE: Final = "application/gzip"
_LEVEL: Final = 1
_LINE_END: Final = b"\n"
_NULL: Final = b"null"
_SUFFIX: Final = ".gz"


_COPY_BYTES: Final = 1 << 20


class _Words(TypedDict, total=False):
    """Words of a body that tell what it is, without its outlines and masks."""

    type: str
    field: str
    label: str | None
    label_id: Any
    instance_id: Any
    frame_index: int | None
    rotation: float | None
    keypoints: list[dict[str, Any]]
    confidence: Any  # an integer stays one
    bbox: list[Any]
    bbox_px: list[Any]


@dataclass(frozen=True, slots=True)
class _AnnotationHead(Annotation):
    body: _Words  # type: ignore[assignment]  # a body with fewer words


@dataclass(frozen=True, slots=True)
class _AssetHead(LabelledAsset):
    annotations: Sequence[_AnnotationHead]


class _Text(msgspec.Struct):
    body: msgspec.Raw


class _Texts(msgspec.Struct):
    annotations: list[_Text]


class _Head(msgspec.Struct, frozen=True):
    """First line of a part; the others are its assets. `labels` are those of all parts up to this one."""

    previous: str | None
    labels: list[str]


@dataclass(frozen=True, slots=True)
class Part:
    """A part on disk: its assets' number and text bytes, the position of the last one, the labels so far.

    `is_last`: there are no assets behind it.
    """

    path: Path
    assets: int
    size_bytes: int
    position: Any
    labels: frozenset[str]
    previous: str | None
    is_last: bool


@dataclass(frozen=True, slots=True)
class LocalParts:
    """Parts on disk, in their order, and the labels of the annotations of the whole export."""

    paths: list[Path]
    labels: set[str]

    def with_labels(self, labels: Iterable[str]) -> "LocalParts":
        """Return the same parts with more labels."""
        return replace(self, labels=self.labels | {*labels})

    def assets(self, between: Callable[[], None]) -> Iterator[LabelledAsset]:
        """Yield all assets; `between` is called before each part. May be called again."""
        return map(msgspec.json.Decoder(LabelledAsset).decode, self._lines(between))

    def heads(self, between: Callable[[], None]) -> Iterator[LabelledAsset]:
        """Yield all assets as `assets` does, of their bodies the words of `Dataset.heads` alone."""
        return map(msgspec.json.Decoder(_AssetHead).decode, self._lines(between))

    def texts(self, between: Callable[[], None]) -> Iterator[tuple[LabelledAsset, Sequence[str]]]:
        """Yield all assets as `heads` does, with the text of each body as it stands in the part."""
        heads, texts = msgspec.json.Decoder(_AssetHead), msgspec.json.Decoder(_Texts)
        for line in self._lines(between):
            yield heads.decode(line), [_text_of(each.body) for each in texts.decode(line).annotations]

    def _lines(self, between: Callable[[], None]) -> Iterator[bytes]:
        for path in self.paths:
            between()
            with _opened(path) as file:
                file.readline()
                yield from file


def _text_of(body: msgspec.Raw) -> str:
    """Return the text of a body as `dumps` writes it: it writes null, which may be NaN, in its own way."""
    text = bytes(body)
    return dumps(msgspec.json.decode(text)) if _NULL in text else text.decode()


def _opened(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path)) if path.suffix == _SUFFIX else path.open("rb")


def take(
    folder: Path,
    previous: str | None,
    assets: Iterator[tuple[Any, LabelledAsset]],
    clock: Callable[[], float],
    labels_before: Iterable[str] = (),
) -> Part | None:
    """Write the assets of one part from an iterator to a file of a folder; None when there are none."""
    labels, count, size, position, is_last = set(labels_before), 0, 0, None, True
    end = clock() + MAX_SECONDS
    path = folder / f"{len([*folder.iterdir()]):06}.jsonl"
    with path.open("wb") as file:
        file.write(_LINE_END)
        for place, asset in assets:
            line = msgspec.json.encode(asset) + _LINE_END
            file.write(line)
            labels.update(each.body["label"] for each in asset.annotations if each.body.get("label"))
            count, size, position = count + 1, size + len(line), place
            if count == MAX_ASSETS or size >= MAX_BYTES or clock() >= end:
                is_last = False
                break
    return Part(path, count, size, position, frozenset(labels), previous, is_last) if count else None


def store(bucket: S3, key: str, part: Part) -> Part:
    """Store a part, compressed; return it with the compressed file in place of the other. Raises AwsError."""
    path = part.path.with_suffix(_SUFFIX)
    with path.open("wb") as target, part.path.open("rb") as given:
        target.write(gzip.compress(msgspec.json.encode(_Head(part.previous, sorted(part.labels))) + _LINE_END))
        given.readline()
        with gzip.open(target, "wb", _LEVEL) as body:
            shutil.copyfileobj(given, body, _COPY_BYTES)
    part.path.unlink()
    upload(bucket, path, key, _CONTENT_TYPE)
    return replace(part, path=path)


def fetch(
    bucket: S3,
    last: str | None,
    folder: Path,
    own: Mapping[str, Part],
    between: Callable[[], None],
    behind: str | None = None,
) -> LocalParts:
    """Return a part and all before it, but those up to `behind`: parts of `own`, which are on disk already, by key, and
    the rest downloaded.

    Raises AwsError, and Conflict when the lifecycle rule has deleted one.
    """
    paths, labels = list[Path](), set[str]()
    while last is not None and last != behind:
        between()
        path = own[last].path if last in own else folder / f"fetched-{len(paths):06}{_SUFFIX}"
        head = _fetched_head(bucket, last, path, own)
        labels.update(head.labels)
        paths.append(path)
        last = head.previous
    return LocalParts(paths[::-1], labels)


def labels_up_to(bucket: S3, key: str | None, folder: Path, own: Mapping[str, Part]) -> Sequence[str]:
    """Return the labels of a part and of all before it. Raises as `fetch`."""
    if key is None:
        return ()
    path = folder / f"head{_SUFFIX}"
    found = _fetched_head(bucket, key, path, own).labels
    path.unlink(missing_ok=True)
    return found


def _fetched_head(bucket: S3, key: str, path: Path, own: Mapping[str, Part]) -> _Head:
    """Return the head of a part, which is downloaded where it is not on disk."""
    if key in own:
        return _Head(own[key].previous, sorted(own[key].labels))
    try:
        download(bucket, key, path)
    except NoSuchKey:
        raise Conflict("What was read for this export is deleted already: begin another export.") from None
    with _opened(path) as file:
        return msgspec.json.decode(file.readline(), type=_Head)
