"""Parts of an export: the assets of each finished range, compressed, as an object of the bucket.

A part names the one before it, and the checkpoint of the job names the last one. A worker that has lost its job may
still store a part under its own name, but no other part leads to it. The writer of the format reads the parts alone,
as often as it wants, so that all of its passes see the same assets, whatever is edited meanwhile.
"""

import gzip
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from foveal.aws.errors import NoSuchKey
from foveal.aws.s3 import S3
from foveal.errors import Conflict
from foveal.formats.base.model.dataset import LabelledAsset
from foveal.jobs.files import download, upload

MAX_ASSETS: Final = 500
MAX_BYTES: Final = 32 * 2**20
"""Text of a part before compression; the asset that reaches it is the last one."""
MAX_SECONDS: Final = 30.0
_CONTENT_TYPE: Final = "application/gzip"
_LEVEL: Final = 1
_LINE_END: Final = b"\n"


class _Head(msgspec.Struct, frozen=True):
    """First line of a part; the others are its assets."""

    previous: str | None
    labels: list[str]


class Part(msgspec.Struct, frozen=True):
    """A stored part: its key, the number and the text bytes of its assets, the position of the last one."""

    key: str
    assets: int
    size_bytes: int
    position: Any


@dataclass(frozen=True, slots=True)
class LocalParts:
    """Parts on disk, in their order, and the labels of their annotations."""

    paths: list[Path]
    labels: set[str]

    def assets(self, between: Callable[[], None]) -> Iterator[LabelledAsset]:
        """Yield all assets; `between` is called before each part. May be called again."""
        decoder = msgspec.json.Decoder(LabelledAsset)
        for path in self.paths:
            between()
            with gzip.open(path) as file:
                file.readline()
                yield from map(decoder.decode, file)


def store(
    bucket: S3, key: str, previous: str | None, assets: Iterator[tuple[Any, LabelledAsset]], clock: Callable[[], float]
) -> Part | None:
    """Take the assets of one part from an iterator and store them; None when there are none. Raises AwsError."""
    labels, count, size, position = set[str](), 0, 0, None
    end = clock() + MAX_SECONDS
    with tempfile.TemporaryDirectory(prefix="part-") as folder:
        body, whole = Path(folder) / "body", Path(folder) / "part"
        with gzip.open(body, "wb", _LEVEL) as file:
            for place, asset in assets:
                line = msgspec.json.encode(asset) + _LINE_END
                file.write(line)
                labels.update(each.body["label"] for each in asset.annotations if each.body.get("label"))
                count, size, position = count + 1, size + len(line), place
                if count == MAX_ASSETS or size >= MAX_BYTES or clock() >= end:
                    break
        if not count:
            return None
        with whole.open("wb") as target, body.open("rb") as rest:
            target.write(gzip.compress(msgspec.json.encode(_Head(previous, sorted(labels))) + _LINE_END))
            shutil.copyfileobj(rest, target)
        upload(bucket, whole, key, _CONTENT_TYPE)
    return Part(key, count, size, position)


def fetch(bucket: S3, last: str | None, folder: Path, between: Callable[[], None]) -> LocalParts:
    """Download a part and all before it. Raises AwsError, and Conflict when the lifecycle rule has deleted one."""
    paths, labels = list[Path](), set[str]()
    while last is not None:
        between()
        path = folder / f"{len(paths):06}.jsonl.gz"
        try:
            download(bucket, last, path)
        except NoSuchKey:
            raise Conflict("What was read for this export is deleted already: begin another export.") from None
        with gzip.open(path) as file:
            head = msgspec.json.decode(file.readline(), type=_Head)
        labels.update(head.labels)
        paths.append(path)
        last = head.previous
    return LocalParts(paths[::-1], labels)
