"""References of tasks to media, and the files that hold tasks."""

import base64
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from foveal.formats.label_studio.references import file_name
from tests.unit.formats.label_studio.tasks import annotation, rectangle, result, task, write
from tests.unit.formats.reading import inspected, of_kind

PROXIED = base64.b64encode(b"s3://bucket/in/a.jpg").decode()


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("s3://bucket/set/a%20b.jpg", "set/a b.jpg"),
        ("gs://bucket/a.jpg?generation=1", "a.jpg"),
        ("https://host.example/p/a.jpg?w=10#top", "p/a.jpg"),
        ("/data/upload/3/1a2b3c4d-street.jpg", "street.jpg"),
        ("/data/upload/street.jpg", "street.jpg"),
        ("/data/upload/3/1a2b3c4d-a%2Bb.jpg", "a+b.jpg"),
        ("http://localhost:8080/data/upload/3/1a2b3c4d-street.jpg", "street.jpg"),
        ("/data/local-files/?d=set/b%20c.jpg", "set/b c.jpg"),
        (f"/tasks/7/resolve/?fileuri={PROXIED}", "in/a.jpg"),
        (r"C:\images\a.jpg", "C:/images/a.jpg"),
        ("./images/../a.jpg", "images/../a.jpg"),
        ("data:image/png;base64,AAAA", None),
        ("http://[broken/a.jpg", None),
        ("/tasks/7/resolve/?fileuri=%%%", None),
        ("", None),
    ],
)
def test_reference_names_a_path_without_query(reference: str, name: str | None) -> None:
    assert file_name(reference) == name


def test_prefix_of_an_upload_stays_when_that_is_the_answer(tmp_path: Path) -> None:
    path = write(tmp_path, task(data={"image": "/data/upload/3/1a2b3c4d-street.jpg"}))
    assert of_kind(inspected(path), "asset")[0]["file_name"] == "street.jpg"
    assert of_kind(inspected(path, upload_prefix="keep"), "asset")[0]["file_name"] == "1a2b3c4d-street.jpg"


def test_prefix_of_an_upload_stays_where_the_asset_has_it(tmp_path: Path) -> None:
    sizes = tmp_path / "sizes.csv"
    sizes.write_text("file_name,width,height\n1a2b3c4d-street.jpg,640,480\n")
    path = write(tmp_path, task(data={"image": "/data/upload/3/1a2b3c4d-street.jpg"}))
    assert of_kind(inspected(path, sizes=sizes), "asset")[0]["file_name"] == "1a2b3c4d-street.jpg"


def test_data_key_is_the_first_that_looks_like_media_or_the_option(tmp_path: Path) -> None:
    there = rectangle(1, 1, 5, 5, id_="r2") | {"to_name": "second"}
    data = {"title": "a street", "link": "https://host.example/about", "first": "a.jpg", "second": "b.jpg"}
    path = write(tmp_path, task(annotation(rectangle(1, 1, 5, 5), there), data=data))
    found = inspected(path)
    assert of_kind(found, "asset")[0]["file_name"] == "a.jpg"
    assert "data_key=second" in of_kind(found, "not_imported")[0]["reason"]
    assert of_kind(inspected(path, data_key="second"), "asset")[0]["file_name"] == "b.jpg"


def test_pages_of_a_task_are_an_asset_each(tmp_path: Path) -> None:
    second, lost = (rectangle(1, 1, 5, 5, id_=f"r{page}") | {"item_index": page} for page in (1, 2))
    path = write(tmp_path, task(annotation(rectangle(1, 1, 5, 5), second, lost), data={"pages": ["a.jpg", "b.jpg"]}))
    found = inspected(path)
    assert [(line["file_name"], line["pointer"]) for line in of_kind(found, "asset")] == [
        ("a.jpg", "/0"),
        ("b.jpg", "/0/data/pages/1"),
    ]
    assert [line["asset"] for line in of_kind(found, "annotation")] == ["a.jpg", "b.jpg"]
    assert "item_index" in of_kind(found, "not_imported")[0]["reason"]


def test_task_without_media_is_told_whole(tmp_path: Path) -> None:
    found = inspected(write(tmp_path, task(annotation(rectangle(1, 1, 5, 5)), data={"text": "words"})))
    (told,) = of_kind(found, "not_imported")
    assert told["pointer"] == "/0"
    assert json.loads(told["record"])["data"] == {"text": "words"}


def tree(folder: Path) -> Path:
    path = folder / "set"
    path.mkdir()
    (path / "1.json").write_text(json.dumps(task(annotation(rectangle(1, 1, 5, 5)))))
    write(path, task(data={"image": "b.jpg"}, predictions=[]), name="2.json")
    alone = annotation(rectangle(1, 1, 5, 5), id=9) | {"task": {"id": 3, "data": {"image": "c.jpg"}}}
    (path / "3").write_text(json.dumps(alone))
    (path / "notes.json").write_text('{"categories": []}')
    (path / "a.jpg").write_bytes(b"")
    return path


def test_folder_holds_tasks_in_files_and_annotations_of_a_cloud_storage(tmp_path: Path) -> None:
    path = tree(tmp_path)
    found = inspected(path)
    assert [(line["file_name"], line["pointer"]) for line in of_kind(found, "asset")] == [
        ("a.jpg", "1.json#"),
        ("b.jpg", "2.json#/0"),
        ("c.jpg", "3#"),
    ]
    assert [line["pointer"] for line in of_kind(found, "annotation")] == [
        "1.json#/annotations/0/result/0",
        "3#/result/0",
    ]
    assert of_kind(found, "warning")[0]["where"] == "notes.json"
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for each in sorted(path.iterdir()):
            archive.write(each, each.name)
    assert inspected(tmp_path / "set.zip") == found


@pytest.mark.parametrize(
    "content",
    [
        [{"id": 1, "data": {"image": "a.jpg"}}],
        [{"image": "a.jpg", "id": 1, "annotator": 1, "annotation_id": 2, "lead_time": 3.5}],
        task(annotation()),
        [task(annotation())],
    ],
)
def test_tasks_are_recognised(tmp_path: Path, content: Any) -> None:
    (tmp_path / "x.json").write_text(json.dumps(content))
    assert inspected(tmp_path / "x.json")[-1]["format"] == "label_studio"


@pytest.mark.parametrize(
    "text",
    [
        '{"images": [], "annotations": [], "categories": []}',
        '[{"image_id": 1, "category_id": 2, "bbox": [1, 2, 3, 4], "score": 0.5}]',
        '{"samples": [{"filepath": "a.jpg"}]}',
        '{"version": "5.0", "shapes": [], "imagePath": "a.jpg", "imageData": null}',
        '{"@context": {}, "conformsTo": "http://mlcommons.org/croissant/1.1"}',
        "[]",
    ],
)
def test_other_formats_are_not_taken_for_tasks(tmp_path: Path, text: str) -> None:
    from foveal.formats.base.files.source import open_source
    from foveal.formats.label_studio import FORMAT

    (tmp_path / "x.json").write_text(text)
    with open_source(tmp_path / "x.json") as source:
        assert FORMAT.score(source) < 0.3


def test_json_min_is_read_with_its_texts_as_data_or_choices(tmp_path: Path) -> None:
    box = {"x": 10, "y": 20, "width": 30, "height": 40, "rotation": 0, "rectanglelabels": ["Car"]}
    sides = {"original_width": 640, "original_height": 480}
    flat = {
        "image": "/data/upload/1/1a2b3c4d-a.jpg",
        "id": 5,
        "label": [box | sides],
        "weather": "rain",
        "tags": {"choices": ["x", "y"]},
        "annotator": 2,
        "annotation_id": 7,
        "lead_time": 4.5,
    }
    path = write(tmp_path, flat, {"image": "b.jpg", "id": 6, "annotation_id": None})
    found = inspected(path)
    assert [(line["file_name"], line["labelled"]) for line in of_kind(found, "asset")] == [
        ("a.jpg", True),
        ("b.jpg", False),
    ]
    lines = of_kind(found, "annotation")
    assert [(line["pointer"], line["label"]) for line in lines] == [
        ("/0/label/0", "Car"),
        ("/0/tags", "x"),
        ("/0/tags", "y"),
    ]
    assert lines[0]["bbox"] == [0.1, 0.2, 0.3, 0.4]
    assert of_kind(found, "asset")[0]["extra"]["data"]["weather"] == "rain"
    found = inspected(path, choice_names="weather")
    assert [line["label"] for line in of_kind(found, "annotation")] == ["Car", "rain", "x", "y"]


def test_json_min_of_two_annotators_is_one_asset(tmp_path: Path) -> None:
    box = {"x": 10, "y": 20, "width": 30, "height": 40, "rectanglelabels": ["Car"]}
    rows = [{"image": "a.jpg", "id": 5, "label": [box], "annotator": by, "annotation_id": by} for by in (1, 2)]
    path = write(tmp_path, *rows)
    assert of_kind(inspected(path), "question")[0]["proposal"] == "layer_each"
    found = inspected(path, annotators="layer_each")
    assert len(of_kind(found, "asset")) == 1
    assert [line["field"] for line in of_kind(found, "annotation")] == ["annotator_1", "annotator_2"]


def test_caption_and_text_are_read_beside_a_video(tmp_path: Path) -> None:
    caption = result("textarea", {"text": "a bee"}, "c", None)
    (line,) = of_kind(inspected(write(tmp_path, task(annotation(caption), data={"video": "clip.mp4"}))), "annotation")
    assert (line["type"], line["text"]) == ("caption", "a bee")
