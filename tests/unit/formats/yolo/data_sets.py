"""YOLO data sets of tests: folders of small files, images of given sides."""

import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.unit.formats.reading import Line, inspected, of_kind

__all__ = ["Line", "boxes", "inspected", "labels", "made", "of_kind", "png", "reasons", "sizes"]


def made(folder: Path, files: Mapping[str, object]) -> Path:
    """Write files by their names, and return the folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else str(content).encode())
    return folder


def png(width: int, height: int) -> bytes:
    """Return a grey PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(b"".join(b"\0" + bytes(width) for _ in range(height)))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def sizes(folder: Path, sides: Mapping[str, tuple[int, int]]) -> Path:
    """Write a CSV of the sides of assets."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "sizes.csv"
    rows = [f"{name},{width},{height}" for name, (width, height) in sides.items()]
    path.write_text("\n".join(["file_name,width,height", *rows]))
    return path


def labels(found: list[Line]) -> dict[str, Any]:
    """Return the YOLO ids of the labels by name."""
    return {line["name"]: line["external_ids"].get("yolo") for line in of_kind(found, "label")}


def boxes(found: list[Line]) -> list[tuple[str, str, list[float]]]:
    """Return file name, label and box of each annotation."""
    return [(line["asset"], line["label"], line["bbox"]) for line in of_kind(found, "annotation")]


def reasons(found: list[Line]) -> list[str]:
    return [line["reason"] for line in of_kind(found, "not_imported")]
