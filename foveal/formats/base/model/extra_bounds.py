"""Bounds of `extra`: as much as the catalog stores of an annotation's members without a word of the model."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from foveal.formats.base.model.items import Annotation, FileWarning

MAX_EXTRA_BYTES: Final = 16 * 1024
MAX_EXTRA_DEPTH: Final = 12


def bounded(annotation: Annotation) -> Iterator[Annotation | FileWarning]:
    """Yield the annotation; without its extra and with a warning where that is too large: the record still has it."""
    extra = annotation.body.get("extra")
    if extra and (
        len(json.dumps(extra, ensure_ascii=False).encode()) > MAX_EXTRA_BYTES or _depth(extra) > MAX_EXTRA_DEPTH
    ):
        body = {name: value for name, value in annotation.body.items() if name != "extra"}
        message = (
            f"Members without a word of the model take more than {MAX_EXTRA_BYTES} bytes, or nest deeper than "
            f"{MAX_EXTRA_DEPTH} levels: only the record has them."
        )
        yield FileWarning("extra_too_large", message, annotation.pointer)
        yield replace(annotation, body=body)
    else:
        yield annotation


def _depth(value: Any) -> int:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if children is None else 1 + max(map(_depth, children), default=0)
