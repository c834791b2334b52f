"""Layers: annotators, predictions, cancelled annotations, drafts."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.formats.label_studio.tasks import annotation, rectangle, result, task, write
from tests.unit.formats.reading import inspected, of_kind

BY_7 = annotation(rectangle(1, 1, 5, 5), id=11, completed_by=7)
BY_8 = annotation(rectangle(2, 2, 5, 5), id=12, completed_by={"id": 8, "email": "a@b.example", "first_name": "A"})


def layers(found: list[dict[str, Any]]) -> list[str]:
    return [line["field"] for line in of_kind(found, "annotation")]


def test_one_annotator_is_the_ground_truth(tmp_path: Path) -> None:
    found = inspected(write(tmp_path, task(BY_7), task(BY_7, id=2, data={"image": "b.jpg"})))
    assert layers(found) == ["ground_truth"] * 2
    assert of_kind(found, "annotation")[0]["annotator"] == "7"
    assert not of_kind(found, "question")


@pytest.mark.parametrize(
    ("tasks", "proposal"),
    [
        ([task(BY_7, BY_8)], "layer_each"),
        ([task(BY_7), task(BY_8, id=2, data={"image": "b.jpg"})], "one_layer"),
        ([task(BY_7, BY_7)], "layer_each"),
    ],
)
def test_annotators_are_asked_for_and_never_merged_by_guess(tmp_path: Path, tasks: list[Any], proposal: str) -> None:
    """LSC PR#177: annotators overwrote each other."""
    found = inspected(write(tmp_path, *tasks))
    (question,) = of_kind(found, "question")
    assert (question["option"], question["proposal"]) == ("annotators", proposal)
    assert {line["reason"] for line in of_kind(found, "not_imported")} == {"the answer to annotators is needed"}
    assert not of_kind(found, "annotation")


def test_annotators_have_a_layer_each_when_that_is_the_answer(tmp_path: Path) -> None:
    path = write(tmp_path, task(BY_7, BY_8, BY_7))
    assert layers(inspected(path, annotators="layer_each")) == ["annotator_7", "annotator_8", "annotator_7_2"]
    assert layers(inspected(path, annotators="one_layer")) == ["ground_truth"] * 3
    assert layers(inspected(path, field="mine")) == ["mine"] * 3


def test_prediction_is_a_layer_of_its_model_version_with_confidence(tmp_path: Path) -> None:
    scored = rectangle(2, 2, 5, 5, id_="r2") | {"score": 0.5}
    predictions = [{"id": 5, "model_version": "yolo v8/x", "score": 0.25, "result": [rectangle(1, 1, 5, 5), scored]}]
    found = inspected(write(tmp_path, task(predictions=predictions)))
    assert layers(found) == ["yolo_v8_x"] * 2
    first, second = of_kind(found, "annotation")
    assert (first["confidence"], second["confidence"]) == (0.25, 0.5)
    assert (first["run"], first["source"]) == ({"model": "yolo v8/x"}, "auto")
    assert of_kind(found, "asset")[0]["labelled"] is False


@pytest.mark.parametrize(
    ("version", "layer"), [(None, "predictions"), ("ground_truth", "model_ground_truth"), ("", "predictions")]
)
def test_prediction_is_never_the_ground_truth(tmp_path: Path, version: str | None, layer: str) -> None:
    found = inspected(
        write(tmp_path, task(predictions=[{"model_version": version, "result": [rectangle(1, 1, 5, 5)]}]))
    )
    assert layers(found) == [layer]


def test_score_outside_0_to_1_is_kept_and_no_confidence(tmp_path: Path) -> None:
    prediction = {"model_version": "m", "score": 87.5, "result": [rectangle(1, 1, 5, 5)]}
    found = inspected(write(tmp_path, task(predictions=[prediction])))
    (line,) = of_kind(found, "annotation")
    assert "confidence" not in line
    assert line["extra"]["score"] == 87.5
    assert of_kind(found, "warning")[0]["code"] == "score_outside"


def test_cancelled_annotation_is_no_ground_truth(tmp_path: Path) -> None:
    path = write(tmp_path, task(annotation(rectangle(1, 1, 5, 5), was_cancelled=True)))
    found = inspected(path)
    assert "was_cancelled" in of_kind(found, "not_imported")[0]["reason"]
    assert of_kind(found, "asset")[0]["labelled"] is False
    assert layers(inspected(path, cancelled="import")) == ["cancelled"]


def test_draft_is_told(tmp_path: Path) -> None:
    found = inspected(write(tmp_path, task(drafts=[{"result": [rectangle(1, 1, 5, 5)]}])))
    assert "draft" in of_kind(found, "not_imported")[0]["reason"]


def test_ground_truth_flag_is_a_tag(tmp_path: Path) -> None:
    found = inspected(write(tmp_path, task(annotation(rectangle(1, 1, 5, 5), ground_truth=True))))
    assert of_kind(found, "annotation")[0]["tags"] == ["ground_truth"]


def test_three_states_of_a_task_are_told_apart(tmp_path: Path) -> None:
    """LSC#165: tasks without labels were lost."""
    empty = task(annotation(), id=2, data={"image": "empty.jpg"})
    to_do = task(id=3, data={"image": "todo.jpg"})
    found = inspected(write(tmp_path, task(annotation(rectangle(1, 1, 5, 5))), empty, to_do))
    assert [(line["file_name"], line["labelled"]) for line in of_kind(found, "asset")] == [
        ("a.jpg", True),
        ("empty.jpg", True),
        ("todo.jpg", False),
    ]


def test_completions_of_old_files_are_annotations(tmp_path: Path) -> None:
    old = {"id": 1, "data": {"image": "a.jpg"}, "completions": [{"id": 1, "result": [rectangle(1, 1, 5, 5)]}]}
    skipped = {
        "id": 2,
        "data": {"image": "b.jpg"},
        "completions": [{"skipped": True, "result": [rectangle(1, 1, 5, 5)]}],
    }
    found = inspected(write(tmp_path, old, skipped))
    assert layers(found) == ["ground_truth"]
    assert len(of_kind(found, "not_imported")) == 1


def test_controls_have_a_layer_each_when_that_is_the_answer(tmp_path: Path) -> None:
    weather = result("choices", {"choices": ["rain"]}, "c1", None) | {"from_name": "time of day"}
    path = write(tmp_path, task(annotation(rectangle(1, 1, 5, 5), weather)))
    assert layers(inspected(path)) == ["ground_truth"] * 2
    assert layers(inspected(path, controls="layer_each")) == ["ground_truth_label", "ground_truth_time_of_day"]


def test_e_mail_addresses_and_signatures_leave_no_trace(tmp_path: Path) -> None:
    signed = "https://b.example/x/a%20b.jpg?X-Amz-Credential=AKIA&X-Amz-Signature=abc"
    one = task(BY_8, data={"image": signed, "page": "https://b.example/?q=1"}, created_username="c@d.example, 3")
    found = inspected(write(tmp_path, one))
    assert "example, 3" not in (text := json.dumps(found))
    assert not any(each in text for each in ("@", "X-Amz", "AKIA"))
    assert of_kind(found, "asset")[0]["file_name"] == "x/a b.jpg"
    assert of_kind(found, "asset")[0]["extra"]["data"] == {
        "image": "https://b.example/x/a%20b.jpg",
        "page": "https://b.example/?q=1",
    }
    assert of_kind(found, "annotation")[0]["annotator"] == "8"
    assert {line["code"] for line in of_kind(found, "warning")} == {"e_mail_removed", "signature_removed"}


def test_annotators_known_by_address_alone_are_numbered(tmp_path: Path) -> None:
    box = {"x": 10, "y": 20, "width": 30, "height": 40, "rectanglelabels": ["Car"]}
    rows = [
        {"image": f"{at}.jpg", "id": at, "label": [box], "annotator": f"{by}@x.example"} for at, by in enumerate("aba")
    ]
    found = inspected(write(tmp_path, *rows), "label_studio", annotators="layer_each")
    assert layers(found) == ["annotator_1", "annotator_2", "annotator_1"]
    assert "@" not in json.dumps(found)
