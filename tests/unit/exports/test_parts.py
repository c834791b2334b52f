"""Parts of an export: a chain of compressed objects that gives back what was stored, in bounded memory."""

import json
import time
import tracemalloc
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from foveal.aws.errors import NoSuchKey
from foveal.aws.s3 import S3, ObjectHead, RangeResponse
from foveal.errors import Conflict
from foveal.exports import parts
from foveal.formats.base.files.json_records import dumps
from foveal.formats.base.model.dataset import LabelledAsset
from foveal.formats.base.model.items import Annotation, Asset, NotImported


class Objects:
    """A bucket in memory."""

    def __init__(self) -> None:
        self.stored: dict[str, bytes] = {}

    def put(self, key: str, body: bytes, content_type: str) -> None:
        assert content_type == "application/gzip"
        self.stored[key] = body

    def head(self, key: str) -> ObjectHead:
        if key not in self.stored:
            raise NoSuchKey("HeadObject", "NoSuchKey", 404)
        return ObjectHead(len(self.stored[key]), "", None, "", "", None, {}, {})

    def get_range(self, key: str, offset: int, length: int) -> RangeResponse:
        return RangeResponse(self.stored[key][offset : offset + length], len(self.stored[key]), "", None, "")


@pytest.fixture
def bucket() -> Objects:
    return Objects()


def asset(number: int, text: str = "") -> LabelledAsset:
    name = f"{number}.jpg"
    body = {"type": "detection", "label": f"label {number % 3}", "bbox": [0.1, 1 / 3, 1e-17, 5.0], "extra": {"ü": text}}
    found = [Annotation(name, body, f"/{number}", '{"a":\t1.50}', "coco", is_edited=number % 2 == 1)]
    return LabelledAsset(Asset(name, split="val", width=9), found, [NotImported("/x", "why", "text", name)])


def stored(bucket: Objects, assets: Iterator[LabelledAsset], folder: Path) -> tuple[str | None, dict[str, parts.Part]]:
    """Store assets as parts; return the key of the last one, and the parts on disk by key."""
    last, own = None, dict[str, parts.Part]()
    left = enumerate(assets)
    while part := parts.take(folder, last, left, time.monotonic):
        last = f"part-{len(bucket.stored)}"
        own[last] = parts.store(cast("S3", bucket), last, part)
    return last, own


def fetched(
    bucket: Objects, last: str | None, folder: Path, own: Mapping[str, parts.Part] | None = None
) -> parts.LocalParts:
    return parts.fetch(cast("S3", bucket), last, folder, own or {}, lambda: None)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of 500 assets."""
    monkeypatch.setattr(parts, "MAX_ASSETS", 500)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("worker", ["the same", "another"])
@pytest.mark.parametrize("count", [0, 1, 499, 500, 501, 1_700])
def test_assets_come_back_in_order_as_often_as_wanted(bucket: Objects, tmp_path: Path, count: int, worker: str) -> None:
    last, own = stored(bucket, map(asset, range(count)), tmp_path)
    assert len(bucket.stored) == -(-count // parts.MAX_ASSETS)
    found = fetched(bucket, last, tmp_path, own if worker == "the same" else None)
    assert found.labels == {f"label {number % 3}" for number in range(count)}
    for _ in range(2):
        assert [*found.assets(lambda: None)] == [asset(number) for number in range(count)]


@pytest.mark.usefixtures("few")
def test_parts_on_disk_are_not_downloaded(bucket: Objects, tmp_path: Path) -> None:
    last, own = stored(bucket, map(asset, range(1_200)), tmp_path)
    bucket.stored.clear()
    assert len([*fetched(bucket, last, tmp_path, own).assets(lambda: None)]) == 1_200


def test_heads_have_the_words_without_the_place(bucket: Objects, tmp_path: Path) -> None:
    body = {"type": "polygon", "label": "car", "rings_px": [[[1.5, 2]] * 9], "keypoints": [{"name": "a", "x": 0.5}]}
    given = LabelledAsset(
        Asset("a.jpg", split="val"), [Annotation("a.jpg", body, "/1", "{}", "coco")], is_unedited=True
    )
    last, own = stored(bucket, iter([given]), tmp_path)
    (found,) = fetched(bucket, last, tmp_path, own).heads(lambda: None)
    (head,) = found.annotations
    assert head.body == {"type": "polygon", "label": "car", "keypoints": [{"name": "a", "x": 0.5}]}
    assert (found.asset, found.is_unedited, head.pointer, head.record) == (given.asset, True, "/1", "{}")


def test_texts_are_those_of_the_whole_bodies(bucket: Objects, tmp_path: Path) -> None:
    bodies: list[dict[str, Any]] = [
        {"type": "detection", "label": "é", "confidence": 1, "bbox_px": [1, 2.50, 3, 1e16], "rings_px": [[[1, 2.5]]]},
        {"type": "detection", "bbox": [0.1, -0.0, 0.5, 1e-7], "extra": {"a": None, "b": 1e16, "c": "null"}},
    ]
    given = LabelledAsset(Asset("a.jpg"), [Annotation("a.jpg", body, "/1") for body in bodies])
    last, own = stored(bucket, iter([given]), tmp_path)
    ((found, texts),) = fetched(bucket, last, tmp_path, own).texts(lambda: None)
    assert texts == [dumps(body) for body in bodies]
    words = ("type", "label", "confidence", "bbox", "bbox_px")
    heads = [{name: body[name] for name in words if name in body} for body in bodies]
    assert [json.dumps(each.body, sort_keys=True) for each in found.annotations] == [
        json.dumps(each, sort_keys=True) for each in heads
    ]


def test_part_ends_with_the_asset_that_reaches_its_bytes_or_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "MAX_BYTES", 3_000)
    part = parts.take(tmp_path, None, enumerate(asset(each, "x" * 1_000) for each in range(9)), lambda: 0)
    assert part is not None
    assert (part.assets, part.position, part.is_last) == (3, 2, False)
    ticks = iter(range(0, 1_000, 5))
    part = parts.take(tmp_path, None, enumerate(map(asset, range(9))), lambda: next(ticks))
    assert part is not None
    assert part.assets == 2


def test_part_knows_that_no_assets_are_behind_it(tmp_path: Path) -> None:
    part = parts.take(tmp_path, None, enumerate(map(asset, range(9))), lambda: 0)
    assert part is not None
    assert (part.assets, part.is_last) == (9, True)


@pytest.mark.usefixtures("few")
def test_parts_that_expired_are_told(bucket: Objects, tmp_path: Path) -> None:
    last, _ = stored(bucket, map(asset, range(1_200)), tmp_path)
    del bucket.stored["part-1"]
    with pytest.raises(Conflict, match="begin another export"):
        fetched(bucket, last, tmp_path)


def test_memory_is_bounded_whatever_the_number_of_assets(bucket: Objects, tmp_path: Path) -> None:
    text = "y" * 20_000
    tracemalloc.start()
    last, own = stored(bucket, (asset(number, text) for number in range(3_000)), tmp_path)
    for _ in fetched(bucket, last, tmp_path, own).assets(lambda: None):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12 * 2**20, f"60 MB of text take {peak / 2**20:.0f} MiB"


def test_damaged_part_is_not_taken_for_a_shorter_one(bucket: Objects, tmp_path: Path) -> None:
    last, _ = stored(bucket, map(asset, range(100)), tmp_path)
    assert last is not None
    bucket.stored[last] = bucket.stored[last][:-20]
    errors: Any = (EOFError, OSError)
    with pytest.raises(errors):
        [*fetched(bucket, last, tmp_path).assets(lambda: None)]
