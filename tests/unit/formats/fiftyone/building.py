"""Small FiftyOne data sets for tests, in the shape that FiftyOne 1.22 writes."""

import base64
import json
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from foveal.formats.fiftyone.npy import Array, encode

Json = dict[str, Any]
METADATA = {"version": "1.22.1", "media_type": "image", "sample_fields": [], "frame_fields": []}
IMAGE = {"_cls": "ImageMetadata", "width": 64, "height": 48}


def oid(number: int) -> Json:
    return {"$oid": f"{number:024x}"}


def binary(data: bytes) -> Json:
    return {"$binary": {"base64": base64.b64encode(data).decode(), "subType": "00"}}


def mask(rows: Sequence[Sequence[int]], kind: str = "b1") -> Json:
    """Return rows of small numbers as FiftyOne keeps a mask."""
    return binary(encode(Array(kind, (len(rows), len(rows[0])), bytes(each for row in rows for each in row))))


def packed(header: str, data: bytes = b"") -> bytes:
    """Return a .npy of any header, in zlib."""
    text = header.encode()
    return zlib.compress(b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text + data)


def detection(number: int = 1, **members: Any) -> Json:
    return {"_id": oid(number), "_cls": "Detection", "tags": [], "label": "cat"} | (
        {"bounding_box": [0.25, 0.25, 0.5, 0.5]} | members
    )


def sample(**fields: Any) -> Json:
    return {"_id": oid(1000), "filepath": "data/a.png", "tags": [], "metadata": IMAGE} | fields


def write(folder: Path, *samples: Json, metadata: Json | None = None, frames: Sequence[Json] = ()) -> Path:
    """Write a data set in the layout of one file of samples, byte by byte as FiftyOne does."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metadata.json").write_text(json.dumps(METADATA | (metadata or {})))
    (folder / "samples.json").write_text('{"samples": [' + ",".join(map(json.dumps, samples)) + "]}")
    if frames:
        (folder / "frames.json").write_text('{"frames": [' + ",".join(map(json.dumps, frames)) + "]}")
    return folder


def detections(*labels: Any) -> Json:
    return {"_cls": "Detections", "detections": list(labels)}
