"""Reader of the manifest of a CVAT data set: names and sides of images, in order, or of one video."""

from pathlib import Path

from tests.unit.formats.cvat.documents import document, image, write
from tests.unit.formats.reading import inspected, of_kind

HEAD = '{"version":"1.1"}\n{"type":"images"}\n'


def test_manifest_of_images_gives_names_and_sides(tmp_path: Path) -> None:
    line = '{"name":"a.b/image1","extension":".jpg","width":720,"height":405,"meta":{"related_images":[]}}\n'
    found = inspected(write(tmp_path, HEAD + line, "manifest.jsonl"))
    assert of_kind(found, "asset") == [
        {
            "kind": "asset",
            "file_name": "a.b/image1.jpg",
            "labelled": False,
            "split": None,
            "width": 720,
            "height": 405,
            "extra": {"meta": {"related_images": []}},
            "pointer": "L3",
        }
    ]


def test_manifest_of_a_video_gives_its_frames(tmp_path: Path) -> None:
    text = (
        '{"version":"1.0"}\n{"type":"video"}\n{"properties":{"name":"video.mp4","resolution":[1280,720],"length":778}}\n'
        '{"number":0,"pts":0,"checksum":"17bb"}\n'
    )
    asset = of_kind(inspected(write(tmp_path, text, "manifest.jsonl")), "asset")[0]
    assert (asset["file_name"], asset["width"], asset["height"], asset["frame_count"]) == ("video.mp4", 1280, 720, 778)


def test_images_of_the_annotations_come_once(tmp_path: Path) -> None:
    write(tmp_path, document(image("", name="1.jpg")))
    write(
        tmp_path, HEAD + '{"name":"1","extension":".jpg"}\n{"name":"2","extension":".jpg"}\n', "images/manifest.jsonl"
    )
    assets = of_kind(inspected(tmp_path), "asset")
    assert [(asset["file_name"], asset["labelled"]) for asset in assets] == [("1.jpg", True), ("2.jpg", False)]


def test_lines_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    lines = '{"name":\n\n[1]\n{"extension":".jpg"}\n{"name":""}\n' + "[" * 100_000 + "\n"
    found = inspected(write(tmp_path, HEAD + lines, "manifest.jsonl"))
    assert [line["pointer"] for line in of_kind(found, "not_imported")] == ["L3", "L5", "L6", "L7", "L8"]
    assert of_kind(found, "warning")[0]["code"] == "empty_line"
