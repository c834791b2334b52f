"""Hostile and mutated tasks: FormatError or NotImported, and the count law, never another exception."""

import json
import os
import random
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from foveal.formats.base.model.items import FormatError
from foveal.formats.label_studio import brush
from tests.unit.formats.label_studio.editing import edited
from tests.unit.formats.label_studio.tasks import annotation, rectangle, result, task, write
from tests.unit.formats.reading import inspected, of_kind

RUNS = int(os.environ.get("FOVEAL_FUZZ_RUNS", "300"))
BOX = {"x": 10, "y": 10, "width": 20, "height": 20, "rotation": 15}
MADE = [b"", b"null", b"-1", b"1e400", b"[]", b"{}", b'""', b"true", b"123456789012345678901", b"NaN", b'"id"']
MADE += [b'"\\ud800"', b'"\\u0000"', b"[" * 200, b"0.0000001"]
TOKEN = re.compile(rb'"[^"]*"|[-\d.]+|[{}\[\],:]')


def everything() -> bytes:
    """Return tasks with every type of result."""
    annotations = annotation(
        rectangle(10, 10, 20, 20, 15, labels=["Car", "Red"]),
        result("textarea", BOX | {"text": ["plate"]}),
        result("polygonlabels", {"points": [[1, 1], [9, 1], [9, 9]], "closed": True, "polygonlabels": ["Leaf"]}, "p"),
        result("ellipselabels", {"x": 50, "y": 40, "radiusX": 10, "radiusY": 5, "ellipselabels": ["Eye"]}, "e"),
        result("keypointlabels", {"x": 5, "y": 8, "width": 1, "keypointlabels": ["Nose"]}, "k"),
        result("choices", {"choices": ["day"]}, "c", None),
        result("taxonomy", {"taxonomy": [["A", "B"]]}, "t", None),
        result("rating", {"rating": 4}, "n", None),
        {"type": "relation", "from_id": "r1", "to_id": "p", "direction": "right", "labels": ["on"]},
        completed_by={"id": 3, "email": "a@b.example"},
    )
    keyframes = [BOX | {"frame": 1, "enabled": True}, BOX | {"frame": 4, "enabled": False}]
    video = result("videorectangle", {"sequence": keyframes, "framesCount": 9, "labels": ["Bee"]}, "v", None)
    timeline = result("timelinelabels", {"ranges": [{"start": 1, "end": 3}], "timelinelabels": ["Fly"]}, "i", None)
    flat = {
        "image": "d.jpg",
        "id": 4,
        "label": [BOX | {"rectanglelabels": ["Car"]}],
        "annotator": 1,
        "annotation_id": 3,
    }
    rle = {"format": "rle", "rle": brush.encoded([1, 2, 3]), "brushlabels": ["Mud"]}
    mask = result("brushlabels", rle, "b", (3, 2))
    prediction = {"model_version": "m", "score": 0.5, "result": [rectangle(1, 1, 5, 5)]}
    tasks = [
        task(annotations, predictions=[prediction], drafts=[{"result": [rectangle(1, 1, 5, 5)]}]),
        task(annotation(video, timeline), id=2, data={"video": "https://h.example/c.mp4?Signature=x"}),
        {"id": 3, "data": {"pages": ["x.png", "y.png"]}, "completions": [annotation(rectangle(1, 1, 5, 5))]},
        flat,
        task(annotation(mask), id=5, data={"image": "e.jpg"}),
    ]
    return json.dumps(tasks).encode()


def mutated(text: bytes, random_: random.Random) -> bytes:
    """Return the text with tokens swapped, doubled, dropped, or replaced, or with bytes changed."""
    tokens = list(TOKEN.finditer(text))
    for _ in range(random_.randint(1, 4)):
        one, other = random_.choice(tokens), random_.choice(tokens)
        made = random_.choice([other[0], one[0] * 2, bytes([random_.randrange(256)]), *MADE])
        start, end = min(one.start(), len(text)), min(one.end(), len(text))
        text = text[:start] + made + text[end:]
    return text[: random_.randrange(len(text))] if random_.random() < 0.05 else text


@pytest.mark.parametrize(
    "options",
    [{"annotators": "one_layer"}, {"annotators": "layer_each", "controls": "layer_each", "cancelled": "import"}],
)
def test_mutated_tasks_are_told_or_refused(tmp_path: Path, options: dict[str, str]) -> None:
    text, path = everything(), tmp_path / "tasks.json"
    path.write_bytes(text)
    whole = inspected(path, "label_studio", None, **options)
    assert whole[-1]["not_imported"] == 1, of_kind(whole, "not_imported")
    for seed in range(RUNS):
        path.write_bytes(mutated(text, random.Random(seed)))
        try:
            inspected(path, "label_studio", None, **options)
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error


def test_mutated_tasks_are_written_back_or_refused(tmp_path: Path) -> None:
    text, path = everything(), tmp_path / "tasks.json"
    for seed in range(RUNS // 3):
        path.write_bytes(mutated(text, random.Random(seed)))
        for name, change in (("unedited", lambda one: one), ("edited", lambda one: replace(one, is_edited=True))):
            out = tmp_path / f"{name}.json"
            out.unlink(missing_ok=True)
            try:
                edited(path, out, change)
            except FormatError:
                continue
            except Exception as error:
                raise AssertionError(f"seed {seed}") from error
            assert is_json(out) or not is_json(path), f"seed {seed}: what is no JSON goes out as it came in, no more"


def is_json(path: Path) -> bool:
    try:
        json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return False
    return True


def test_task_that_is_not_json_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    good = json.dumps(task(annotation(rectangle(1, 1, 5, 5))))
    (tmp_path / "t.json").write_text(f'[{good}, {{"id": nul, "annotations": []}}, 5]')
    found = inspected(tmp_path / "t.json")
    assert [line["pointer"] for line in of_kind(found, "not_imported")] == ["/1", "/2"]
    assert len(of_kind(found, "annotation")) == 1


def test_numbers_that_are_not_finite_are_told_by_region(tmp_path: Path) -> None:
    bad = rectangle(float("nan"), 1, 5, 5, id_="r2", labels=["NaN"])
    prediction = {"model_version": "m", "score": float("inf"), "result": [rectangle(1, 1, 5, 5, labels=["Infinity"])]}
    path = write(tmp_path, task(annotation(rectangle(1, 1, 5, 5), bad), predictions=[prediction]))
    found = inspected(path)
    assert [line["label"] for line in of_kind(found, "annotation")] == ["Car", "Infinity"]
    assert [line["reason"] for line in of_kind(found, "not_imported")] == ["x is missing"]
    edited(path, tmp_path / "same.json", lambda one: one)
    assert (tmp_path / "same.json").read_bytes() == path.read_bytes()
    edited(path, tmp_path / "out.json", lambda one: replace(one, is_edited=True))
    assert len(json.loads((tmp_path / "out.json").read_text())[0]["annotations"][0]["result"]) == 2


def test_sets_of_results_that_are_no_lists_are_told(tmp_path: Path) -> None:
    tasks = [task() | {"annotations": 5}, task() | {"annotations": [7]}, task() | {"annotations": [{"result": {}}]}]
    tasks += [task(annotation() | {"result": [3, None]}), task() | {"annotations": None}]
    found = inspected(write(tmp_path, *tasks), "label_studio")
    assert [(line["pointer"], line["reason"]) for line in of_kind(found, "not_imported")] == [
        ("/0", "annotations is not a list"),
        ("/1/annotations/0", "the element is not an object"),
        ("/2", "result is not a list"),
        ("/3/annotations/0/result/0", "the element is not an object"),
        ("/3/annotations/0/result/1", "the element is not an object"),
    ]


MANY = 5_000


@pytest.mark.parametrize(
    "hostile",
    [
        task(annotation(), data={"image": "a.jpg"}, x='{"email":' * MANY),
        task(annotation(*(rectangle(1, 1, 5, 5, id_=f"{at}") for at in range(500))), data={"p": ["a.jpg"] * MANY}),
        task(*(annotation() for _ in range(500)), data={"pages": ["a.jpg"] * MANY}),
        task(annotation(), data={f"k{at}": "a.jpg" for at in range(MANY)}),
        task(annotation(*(result("textarea", BOX | {"text": ["x" * 99]}) for _ in range(2000)))),
        task(annotation(), data={"image": "?" * MANY + "a.jpg"}),
        task(annotation(), data={"image": "a.jpg?" + "&x" * MANY}),
    ],
)
def test_hostile_tasks_take_linear_time(tmp_path: Path, hostile: dict[str, Any]) -> None:
    path = write(tmp_path, hostile)
    start = time.process_time()
    inspected(path, "label_studio", annotators="one_layer")
    assert time.process_time() - start < 5


def test_region_is_told_when_labels_times_keyframes_are_too_many(tmp_path: Path) -> None:
    sequence = [BOX | {"frame": at + 1, "rotation": 0} for at in range(2000)]
    value = {"sequence": sequence, "labels": [f"label {at}" for at in range(100)]}
    found = inspected(write(tmp_path, task(annotation(result("videorectangle", value, "v", None)))), "label_studio")
    assert "more than 100000" in of_kind(found, "not_imported")[0]["reason"]


def test_file_is_refused_when_it_ends_early(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_bytes(everything()[:-20])
    assert inspected(tmp_path / "t.json")[-1]["code"] == "truncated_json"


def test_file_is_refused_when_it_nests_without_end(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text('[{"data": {"image": "a.jpg"}, "annotations": ' + "[" * 500)
    assert inspected(tmp_path / "t.json", "label_studio")[-1]["code"] == "too_deep"
