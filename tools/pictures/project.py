"""A project to be pictured: photos of free licences, cut in several ways, with labels of two layers and a video."""

import datetime as dt
import io
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from PIL import Image

from local.deployment import demo
from tests.e2e.console.galleries import assets
from tests.e2e.stack import Caller, Stack, eventually

PROJECT: Final = "atlas"
NEWEST: Final = dt.datetime(2026, 11, 27, 14, 30, tzinfo=dt.UTC)
PHOTOS: Final = {
    "astronaut.png": ["studio", "people"],
    "camera.png": ["outdoor", "people"],
    "chelsea.png": ["indoor", "animals"],
    "coffee.png": ["indoor"],
    "coins.png": ["museum"],
    "hubble_deep_field.jpg": ["space"],
    "ihc.png": ["medical"],
    "karts.jpg": ["outdoor", "people", "sport"],
    "retina.jpg": ["medical"],
    "rocket.jpg": ["outdoor", "night", "space"],
    "starfish.jpg": ["outdoor", "animals"],
}
PARTS: Final = ((0, 0, 1, 1), (0.05, 0.1, 0.75, 0.9), (0.3, 0, 1, 0.8), (0, 0.25, 1, 0.9))
"""Left, top, right and bottom edge of each cut."""
PLACES: Final = (
    (8.54, 47.37),
    (13.40, 52.52),
    (2.35, 48.86),
    (-0.12, 51.5),
    (12.49, 41.9),
    (-74.0, 40.7),
    (139.7, 35.7),
)

COLOURS: Final = {
    **{"person": "#e4572e", "helmet": "#2e86ab", "rocket": "#f4b942", "badge": "#8e5bd0", "face": "#f7e733"},
    **{"camera": "#8e5bd0", "tripod": "#f4b942", "cat": "#e4572e", "eye": "#3ddc97", "nose": "#ff8fb1"},
    **{"saucer": "#2e86ab", "cup": "#f7e733", "coffee": "#3ddc97", "spoon": "#ff8fb1", "coin": "#f4b942"},
    **{"kart": "#e4572e", "wheel": "#3ddc97", "plate": "#f7e733", "tower": "#2e86ab", "crate": "#2e86ab"},
    **{"starfish": "#f7e733", "optic disc": "#3ddc97", "fovea": "#2e86ab"},
    **{"India": "#f4b942", "Arabia": "#3ddc97", "Australia": "#5aa9ff"},
}

Box = tuple[float, float, float, float]


def detection(label: str, box: Box, **facts: Any) -> dict[str, Any]:
    return {"type": "detection", "label": label, "bbox": list(box), **facts}


def ellipse(label: str, cx: float, cy: float, rx: float, ry: float, **facts: Any) -> dict[str, Any]:
    return {"type": "ellipse", "label": label, "ellipse": {"cx": cx, "cy": cy, "rx": rx, "ry": ry}, **facts}


def shape(kind: str, label: str, *points: tuple[float, float]) -> dict[str, Any]:
    return {"type": kind, "label": label, "rings": [[list(each) for each in points]]}


def skeleton(label: str, **points: tuple[float, float]) -> dict[str, Any]:
    named = [{"name": name, "x": x, "y": y, "visibility": 2} for name, (x, y) in points.items()]
    return {"type": "keypoints", "label": label, "keypoints": named}


TRUTH: Final[dict[str, list[dict[str, Any]]]] = {
    "astronaut.png": [
        detection("person", (0.03, 0.03, 0.79, 0.96)),
        detection("helmet", (0.55, 0.67, 0.44, 0.32)),
        detection("rocket", (0.69, 0.0, 0.21, 0.53)),
        ellipse("badge", 0.33, 0.75, 0.075, 0.075),
        skeleton("face", left_eye=(0.412, 0.212), right_eye=(0.508, 0.212), nose=(0.46, 0.26), mouth=(0.457, 0.325)),
    ],
    "camera.png": [
        detection("person", (0.0, 0.115, 0.66, 0.88)),
        detection("camera", (0.47, 0.26, 0.2, 0.11)),
        shape("polyline", "tripod", (0.44, 1.0), (0.585, 0.58), (0.58, 0.36), (0.6, 0.58), (0.84, 0.95)),
    ],
    "chelsea.png": [
        detection("cat", (0.04, 0.0, 0.8, 0.99)),
        ellipse("eye", 0.38, 0.375, 0.08, 0.107),
        ellipse("eye", 0.705, 0.446, 0.058, 0.095),
        shape("polygon", "nose", (0.515, 0.785), (0.65, 0.785), (0.625, 0.85), (0.579, 0.895), (0.54, 0.85)),
    ],
    "coffee.png": [
        ellipse("saucer", 0.461, 0.555, 0.338, 0.425),
        detection("cup", (0.285, 0.03, 0.4, 0.74)),
        ellipse("coffee", 0.495, 0.375, 0.145, 0.16),
        shape("polygon", "spoon", (0.535, 0.7), (0.57, 0.63), (0.63, 0.6), (0.67, 0.65), (0.66, 0.76), (0.54, 0.8)),
    ],
    "coins.png": [
        ellipse("coin", x, y, 0.062, 0.075)
        for y in (0.18, 0.405, 0.645, 0.87)
        for x in (0.115, 0.262, 0.402, 0.558, 0.708, 0.87)
    ],
    "karts.jpg": [
        detection("kart", (0.04, 0.29, 0.9, 0.62)),
        ellipse("helmet", 0.58, 0.155, 0.075, 0.125),
        ellipse("helmet", 0.465, 0.145, 0.07, 0.125),
        ellipse("wheel", 0.865, 0.72, 0.058, 0.14),
        ellipse("wheel", 0.2, 0.73, 0.06, 0.14),
        detection("plate", (0.465, 0.37, 0.165, 0.2)),
    ],
    "retina.jpg": [ellipse("optic disc", 0.21, 0.49, 0.06, 0.085), ellipse("fovea", 0.497, 0.5, 0.06, 0.06)],
    "rocket.jpg": [
        detection("rocket", (0.465, 0.29, 0.075, 0.6)),
        detection("tower", (0.27, 0.28, 0.1, 0.7)),
        detection("tower", (0.655, 0.28, 0.1, 0.7)),
    ],
    "starfish.jpg": [
        shape("polygon", "crate", (0.2, 0.66), (0.44, 0.14), (0.7, 0.22), (0.67, 0.56), (0.52, 0.95)),
        detection("starfish", (0.56, 0.36, 0.11, 0.14)),
        detection("starfish", (0.5, 0.44, 0.09, 0.13)),
        detection("starfish", (0.6, 0.52, 0.08, 0.1)),
    ],
}  # fmt: skip
TRACKS: Final[dict[str, dict[int, Box]]] = {
    "India": {0: (0.34, 0.29, 0.12, 0.16), 75: (0.44, 0.31, 0.12, 0.16), 149: (0.56, 0.33, 0.12, 0.16)},
    "Arabia": {25: (0.27, 0.32, 0.1, 0.16), 90: (0.34, 0.34, 0.1, 0.16), 149: (0.42, 0.36, 0.1, 0.16)},
    "Australia": {0: (0.53, 0.68, 0.13, 0.14), 75: (0.63, 0.66, 0.09, 0.14)},
}


def make(stack: Stack, caller: Caller, folder: Path) -> None:
    """Fill the project, whose admin calls, from a folder with the photos of scikit-image."""
    rng = random.Random(11)  # noqa: S311 - the same pictures each time
    labels: list[tuple[str, dict[str, Any]]] = []
    for name, content, truth, tags in _pictures(folder):
        asset = _upload(caller, name, content, tags)
        labels += [(asset, {**each, "field": "ground_truth"}) for each in truth]
        labels += [(asset, each) for each in _guesses(truth, rng)]
    video = _upload(caller, "earth.mp4", (demo.SAMPLES / "earth.mp4").read_bytes(), ["space", "night"])
    labels += [(video, each) for each in _tracks()]
    operations = [{"op": "create", "asset_id": asset, "annotation": each} for asset, each in labels]
    answer = caller.call("POST", f"/v1/projects/{PROJECT}/annotations/bulk", {"operations": operations})
    assert answer.status_code == 200, answer.text
    refused = [each for each in answer.json()["results"] if "code" in each]
    assert not refused, refused
    _spread(stack, rng)
    _schema(caller)
    _versions(caller)


def _pictures(folder: Path) -> Iterator[tuple[str, bytes, list[dict[str, Any]], list[str]]]:
    """Yield name, bytes, labels and tags of each cut."""
    for number, part in enumerate(PARTS):
        for name, tags in PHOTOS.items():
            if number > 1 and name not in TRUTH:
                continue
            path = next(each for each in (folder / name, demo.SAMPLES / name) if each.exists())
            with Image.open(path) as opened:
                image = opened.convert("RGB")
            width, height = image.size
            left, top, right, bottom = part
            written = io.BytesIO()
            image.crop((left * width, top * height, right * width, bottom * height)).save(written, "JPEG", quality=92)
            yield (
                f"{path.stem}-{number + 1}.jpg",
                written.getvalue(),
                [cut for each in TRUTH.get(name, []) if (cut := _cut(each, part))],
                tags,
            )


def _cut(annotation: dict[str, Any], part: Box) -> dict[str, Any] | None:
    """Return the annotation as the cut shows it; None for one that is not wholly there. Boxes are cut off."""
    left, top, right, bottom = part

    def moved(x: float, y: float) -> tuple[float, float]:
        return (x - left) / (right - left), (y - top) / (bottom - top)

    match annotation["type"]:
        case "detection":
            x, y, width, height = annotation["bbox"]
            (x1, y1), (x2, y2) = moved(x, y), moved(x + width, y + height)
            x1, y1, x2, y2 = max(x1, 0), max(y1, 0), min(x2, 1), min(y2, 1)
            return {**annotation, "bbox": [x1, y1, x2 - x1, y2 - y1]} if x2 - x1 > 0.05 and y2 - y1 > 0.05 else None
        case "ellipse":
            old = annotation["ellipse"]
            cx, cy = moved(old["cx"], old["cy"])
            rx, ry = old["rx"] / (right - left), old["ry"] / (bottom - top)
            is_inside = rx <= cx <= 1 - rx and ry <= cy <= 1 - ry
            return ellipse(annotation["label"], cx, cy, rx, ry) if is_inside else None
        case "keypoints":
            given = annotation["keypoints"]
            points = [{**each, **dict(zip("xy", moved(each["x"], each["y"]), strict=True))} for each in given]
            is_inside = all(0 <= each["x"] <= 1 and 0 <= each["y"] <= 1 for each in points)
            return {**annotation, "keypoints": points} if is_inside else None
    ring = [moved(*each) for each in annotation["rings"][0]]
    is_inside = all(0 <= value <= 1 for each in ring for value in each)
    return shape(annotation["type"], annotation["label"], *ring) if is_inside else None


def _guesses(truth: Sequence[dict[str, Any]], rng: random.Random) -> Iterator[dict[str, Any]]:
    """Yield a model's boxes: near those of the truth, each with a confidence."""
    for each in truth:
        if each["type"] == "detection":
            x, y, width, height = (value + rng.uniform(-0.01, 0.01) for value in each["bbox"])
            box = (max(x, 0), max(y, 0), min(width, 1 - max(x, 0)), min(height, 1 - max(y, 0)))
            yield detection(each["label"], box, field="yolo12", confidence=round(rng.uniform(0.35, 0.97), 2))


def _tracks() -> Iterator[dict[str, Any]]:
    for number, (label, boxes) in enumerate(TRACKS.items(), 1):
        track_id = str(number)
        yield {"type": "track", "field": "ground_truth", "label": label, "track_id": track_id}
        for frame, box in boxes.items():
            yield detection(label, box, field="ground_truth", track_id=track_id, frame_index=frame, keyframe=True)


def _upload(caller: Caller, name: str, content: bytes, tags: list[str]) -> str:
    media_type = "video/mp4" if name.endswith(".mp4") else "image/jpeg"
    return str(caller.upload(PROJECT, content, name, content_type=media_type, tags=tags)["asset_id"])


def _spread(stack: Stack, rng: random.Random) -> None:
    """Give the assets days of a whole year and places, as if they had come one after the other."""
    found = assets(stack)
    for number, asset in enumerate(found.find({"project": PROJECT}, {"_id": 1, "file_name": 1}).sort("file_name", 1)):
        age = dt.timedelta(days=360 * rng.random() ** 1.6, minutes=number)
        longitude, latitude = PLACES[number % len(PLACES)]
        point = [longitude + rng.uniform(-1, 1), latitude + rng.uniform(-1, 1)]
        found.update_one(
            {"_id": asset["_id"]},
            {"$set": {"created_at": NEWEST - age, "location": {"type": "Point", "coordinates": point}}},
        )


def _schema(caller: Caller) -> None:
    labels = [{"name": name, "color": colour} for name, colour in COLOURS.items()]
    path = f"/v1/projects/{PROJECT}/label-schemas/things"
    answer = caller.call("PUT", path, {"labels": labels}, {"If-Match": '"0"'})
    assert answer.status_code in (200, 201), answer.text


def _versions(caller: Caller) -> None:
    """Pin two versions of what is outdoors, between which one asset has left and labels were corrected."""
    path = f"/v1/projects/{PROJECT}/datasets/outdoor/versions"
    body = {
        "filter": {"field": "tags", "eq": "outdoor"},
        "split": {"shares": {"train": 0.7, "val": 0.3}},
    }
    _version(caller, path, {**body, "description": "Before the review"})
    search = f"/v1/projects/{PROJECT}/annotations/search"
    found = caller.call("POST", search, {"annotations": {"field": "yolo12", "label": "tower"}, "limit": 5}).json()
    changes = [
        {"op": "delete", "annotation_id": each["annotation_id"], "revision": each["revision"]}
        for each in found["items"]
    ]
    answer = caller.call("POST", f"/v1/projects/{PROJECT}/annotations/bulk", {"operations": changes})
    assert answer.status_code == 200, answer.text
    gone = {"filter": {"field": "file_name", "eq": "karts-4.jpg"}, "remove_tags": ["outdoor"]}
    answer = caller.call("POST", f"/v1/projects/{PROJECT}/assets/edit", gone)
    assert answer.status_code == 200, answer.text
    _version(caller, path, {**body, "description": "After the review"})


def _version(caller: Caller, path: str, body: dict[str, Any]) -> None:
    made = caller.call("POST", path, body)
    assert made.status_code in (201, 202), made.text

    def completed() -> bool | None:
        state = caller.call("GET", f"{path}/{made.json()['version']}").json()["state"]
        return True if state == "ready" else None

    eventually(completed)
