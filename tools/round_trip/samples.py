"""Samples of the matrix: one asset for each kind of annotation, with every field that the kind can have."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from foveal.formats.base.model.context import AssetFacts
from foveal.formats.base.model.dataset import LabelledAsset, ListDataset
from foveal.formats.base.model.items import Annotation, Asset, Label

WIDTH, HEIGHT, FRAMES = 640, 480, 90

FLAGS: Final[Mapping[str, Any]] = {
    "attributes": {"color": "red", "wheels": 4},
    "occluded": True,
    "truncated": True,
    "difficult": True,
    "z_order": 2,
    "group_id": "7",
    "source": "manual",
}
_MASK: Final = {"encoding": "coco_rle", "size": [HEIGHT, WIDTH], "counts": [4810, 20, 460, 20, 301890]}
_KEYPOINTS: Final = [
    {"name": "nose", "x_px": 30.5, "y_px": 40.25, "visibility": 2},
    {"name": "eye", "x_px": 50.0, "y_px": 60.0, "visibility": 1},
    {"name": "ear", "visibility": 0},
]

BODIES: Final[Mapping[str, Mapping[str, Any]]] = {
    "box": {"type": "detection", "bbox_px": [17.0, 23.0, 100.0, 51.0], **FLAGS},
    "fractional box": {"type": "detection", "bbox_px": [17.25, 23.5, 100.125, 51.75]},
    "predicted box": {"type": "detection", "bbox_px": [17.0, 23.0, 100.0, 51.0], "confidence": 0.75},
    "crowd": {"type": "mask", "mask": _MASK, "iscrowd": True},
    "turned box": {"type": "detection", "bbox_px": [200.0, 150.0, 120.0, 60.0], "rotation": 30.0},
    "polygon": {"type": "polygon", "rings_px": [[[10.5, 10.0], [110.0, 12.0], [60.0, 99.5]]], **FLAGS},
    "polygon of two parts": {
        "type": "polygon",
        "rings_px": [[[10.0, 10.0], [50.0, 12.0], [30.0, 60.0]], [[110.0, 10.0], [150.0, 12.0], [130.0, 60.0]]],
    },
    "polygon with a hole": {
        "type": "polygon",
        "rings_px": [[[10.0, 10.0], [210.0, 10.0], [210.0, 210.0], [10.0, 210.0]]],
        "holes_px": [[[50.0, 50.0], [90.0, 50.0], [90.0, 90.0]]],
    },
    "polyline": {"type": "polyline", "rings_px": [[[10.0, 10.0], [110.0, 12.0], [60.0, 99.0]]]},
    "keypoints": {"type": "keypoints", "keypoints": _KEYPOINTS, "bbox_px": [20.0, 30.0, 50.0, 60.0]},
    "mask": {"type": "mask", "mask": _MASK},
    "ellipse": {"type": "ellipse", "ellipse_px": {"cx": 100.0, "cy": 120.0, "rx": 40.0, "ry": 20.0}},
    "cuboid": {
        "type": "cuboid",
        "cuboid_px": [10.0, 10.0, 60.0, 10.0, 60.0, 60.0, 10.0, 60.0, 20.0, 20.0, 70.0, 20.0, 70.0, 70.0, 20.0, 70.0],
    },
    "classification": {"type": "classification"},
    "caption": {"type": "caption", "text": "A red car, seen from the left"},
}
"""Images: one asset each. Every body but a caption has the label `car`."""
VIDEO: Final[tuple[Mapping[str, Any], ...]] = (
    {"type": "track", "track_id": "1"},
    *(
        {"type": "detection", "bbox_px": [10.0 + frame, 20.0, 30.0, 40.0], "track_id": "1", "frame_index": frame}
        for frame in (0, 1, 2)
    ),
)
LABELS: Final = (
    Label(
        "car",
        supercategory="vehicle",
        color="#ff8800",
        skeleton={"names": ["nose", "eye", "ear"], "edges": [[0, 1], [1, 2]]},
        attributes=(
            {"name": "color", "input_type": "select", "values": ["red", "blue"]},
            {"name": "wheels", "input_type": "number"},
        ),
    ),
    Label("road sign, left"),
)


def file_name(kind: str) -> str:
    return f"{kind.replace(' ', '_')}.jpg"


def facts() -> dict[str, AssetFacts]:
    """Return the facts of all assets of the samples."""
    images = [*map(file_name, BODIES), "reviewed.jpg"]
    return {name: AssetFacts(WIDTH, HEIGHT) for name in images} | {"video.mp4": AssetFacts(WIDTH, HEIGHT, 1, FRAMES)}


def data_set() -> ListDataset:
    """Return the data set that every format writes first: what it cannot hold is left out there, and told."""
    return ListDataset(list(_content()), LABELS)


def _content() -> Iterator[LabelledAsset]:
    for number, (kind, body) in enumerate(BODIES.items()):
        name = file_name(kind)
        label = {} if body["type"] == "caption" else {"label": "car"}
        annotation = Annotation(name, {"field": "ground_truth", **label, **body}, f"/{number}")
        yield LabelledAsset(Asset(name, split="train", width=WIDTH, height=HEIGHT), [annotation])
    yield LabelledAsset(Asset("reviewed.jpg", split="val", width=WIDTH, height=HEIGHT), [])
    shapes = [
        Annotation("video.mp4", {"field": "ground_truth", "label": "car", **body}, f"/video/{number}")
        for number, body in enumerate(VIDEO)
    ]
    video = Asset("video.mp4", split="train", width=WIDTH, height=HEIGHT, frame_count=FRAMES)
    yield LabelledAsset(video, shapes)
