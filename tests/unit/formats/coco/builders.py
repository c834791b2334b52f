"""Small COCO files of tests."""

import json
from pathlib import Path
from typing import Any

Members = dict[str, Any]


def image(number: Any = 1, **members: Any) -> Members:
    return {"id": number, "file_name": f"{number}.jpg", "width": 100, "height": 50} | members


def category(number: Any = 1, name: Any = "cat", **members: Any) -> Members:
    return {"id": number, "name": name, "supercategory": "animal"} | members


def annotation(number: Any = 1, image_id: Any = 1, category_id: Any = 1, **members: Any) -> Members:
    return {"id": number, "image_id": image_id, "category_id": category_id, **members}


def box(number: Any = 1, image_id: Any = 1, category_id: Any = 1, **members: Any) -> Members:
    return annotation(number, image_id, category_id, bbox=[10, 20, 30, 5.5], area=165, iscrowd=0, **members)


def document(annotations: Any = (), images: Any = None, categories: Any = None, **members: Any) -> Members:
    return {
        **members,
        "images": [image()] if images is None else images,
        "annotations": list(annotations),
        "categories": [category()] if categories is None else categories,
    }


def written(folder: Path, content: Any, name: str = "coco.json") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path
