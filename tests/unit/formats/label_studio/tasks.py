"""Tasks of Label Studio as tests build them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Made = dict[str, Any]


def result(
    type_: str, value: Mapping[str, Any], id_: str | None = "r1", size: tuple[int, int] | None = (640, 480)
) -> Made:
    """Return a result as Label Studio writes it."""
    sides = {"original_width": size[0], "original_height": size[1], "image_rotation": 0} if size else {}
    found = sides | {"value": dict(value), "from_name": "label", "to_name": "image", "type": type_, "origin": "manual"}
    return found | ({"id": id_} if id_ is not None else {})


def rectangle(
    x: float,
    y: float,
    width: float,
    height: float,
    rotation: float = 0,
    labels: Sequence[str] = ("Car",),
    **members: Any,
) -> Made:
    value = {"x": x, "y": y, "width": width, "height": height, "rotation": rotation, "rectanglelabels": list(labels)}
    id_, size = members.pop("id_", "r1"), members.pop("size", (640, 480))
    return result("rectanglelabels", value, id_, size) | members


def annotation(*results: Made, **members: Any) -> Made:
    return {"id": 10, "completed_by": 1, "result": list(results), "was_cancelled": False} | members


def task(*annotations: Made, **members: Any) -> Made:
    return {"id": 1, "annotations": list(annotations), "data": {"image": "a.jpg"}} | members


def write(folder: Path, *tasks: Any, name: str = "tasks.json") -> Path:
    """Write tasks as a list, and return the file."""
    path = folder / name
    path.write_text(json.dumps(list(tasks)))
    return path
