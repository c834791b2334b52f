"""Writing of FiftyOne data sets: round trips, edited samples, fields, losses, frames."""

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given, settings

from foveal.formats.base.files.source import open_source
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import LabelledAsset
from foveal.formats.base.model.items import Annotation, Asset, Label
from foveal.formats.registry import load
from tests.unit.formats.bodies import MemoryDataset, assert_near, datasets
from tests.unit.formats.converted import converted
from tests.unit.formats.fiftyone.building import detection, detections, mask, oid, sample, write
from tests.unit.formats.reading import body, inspected, of_kind
from tests.unit.formats.written import Edited, edit, written


def image(*bodies: dict[str, Any], name: str = "a.png", labelled: bool = True) -> LabelledAsset:
    asset = Asset(name, labelled, "train", 64, 48)
    return LabelledAsset(asset, [Annotation(name, {"field": "gt"} | each, f"{n}") for n, each in enumerate(bodies)])


def samples_of(folder: Path) -> list[dict[str, Any]]:
    return list(json.loads((folder / "samples.json").read_text())["samples"])


@settings(max_examples=25, deadline=None)
@given(dataset=datasets())
def test_data_set_reads_back_as_it_was_written(dataset: MemoryDataset) -> None:
    with tempfile.TemporaryDirectory() as folder:
        losses = written(dataset, Path(folder) / "out", "fiftyone")
        found = inspected(Path(folder) / "out")
    expected = []
    for each in dataset.content:
        for annotation in each.annotations:
            wanted = dict(annotation.body)
            attributes = {name: value for name, value in wanted.get("attributes", {}).items() if name == "a"}
            wanted.pop("attributes", None)
            expected.append(wanted | ({"attributes": attributes} if attributes else {}))
            if wanted["type"] == "polygon":
                expected[-1]["filled"] = True
    back = []
    for line in of_kind(found, "annotation"):
        given_body = body(line)
        del given_body["extra"]
        given_body["field"] = "ground_truth"
        back.append(given_body)
    key = lambda each: json.dumps(each, sort_keys=True)  # noqa: E731  # fields are in the order of their names
    assert_near(sorted(expected, key=key), sorted(back, key=key))
    assert {loss.code for loss in losses.losses()} <= {"attribute_name", "renamed_field"}
    assert (losses.written, losses.left_out) == (len(expected), 0)
    assert [line["labelled"] for line in of_kind(found, "asset")] == [each.asset.labelled for each in dataset.content]


def test_data_set_comes_back_byte_equal_when_it_is_unedited(tmp_path: Path) -> None:
    frames = [{"_id": oid(2), "_sample_id": oid(1000), "frame_number": 1, "q": detections(detection())}]
    folder = write(tmp_path / "in", sample(filepath="v.mp4", one=detection()), {"broken": 1}, frames=frames)
    (folder / "brain").mkdir()
    (folder / "brain/x.json").write_text('{"a": 1}')
    converted(folder, tmp_path / "out", "fiftyone")
    names = ("metadata.json", "samples.json", "frames.json", "brain/x.json")
    for name in names:
        assert (tmp_path / "out" / name).read_bytes() == (folder / name).read_bytes()


def test_edited_label_is_written_anew_and_all_else_stays_as_text(tmp_path: Path) -> None:
    fields = [
        {"name": "gt", "embedded_doc_type": "fiftyone.core.labels.Detections"},
        {"name": "one", "embedded_doc_type": "fiftyone.core.labels.Detection"},
    ]
    folder = write(
        tmp_path / "in",
        sample(gt=detections(detection(1, x=1.50), detection(2)), one=detection(3), weather="rain"),
        sample(_id=oid(7), filepath="b.png", gt=detections(detection(4))),
        metadata={"sample_fields": fields, "info": {"kept": 1}},
    )
    with open_source(folder) as source:
        dataset = Edited(source, load("fiftyone"), Context())
        a, b = dataset.assets()
        first, second, one = a.annotations
        content = [replace(a, annotations=[first, edit(second, label="dog"), one], is_unedited=False), b]
        losses = written(dataset.changed(content), tmp_path / "out", "fiftyone")
    given, found = samples_of(folder), samples_of(tmp_path / "out")
    given[0]["gt"]["detections"][1]["label"] = "dog"
    assert found == given
    texts = (tmp_path / "out/samples.json").read_text(), (folder / "samples.json").read_text()
    assert json.dumps(given[0]["gt"]["detections"][0]) in texts[0]
    assert texts[0].endswith(texts[1][texts[1].index('{"_id": {"$oid": "000000000000000000000007"}') :])
    assert json.loads((tmp_path / "out/metadata.json").read_text())["info"] == {"kept": 1}
    assert (losses.losses(), losses.written) == ([], 4)


def test_edited_frame_keeps_its_members_and_the_frames_of_others(tmp_path: Path) -> None:
    frames = [
        {"_id": oid(2), "_sample_id": oid(1000), "frame_number": 3, "quality": 7, "q": detections(detection(5))},
        {"_id": oid(3), "_sample_id": oid(8), "frame_number": 1, "q": detections(detection(6))},
    ]
    folder = write(tmp_path / "in", sample(filepath="v.mp4"), sample(_id=oid(8), filepath="w.mp4"), frames=frames)
    with open_source(folder) as source:
        dataset = Edited(source, load("fiftyone"), Context())
        a, b = dataset.assets()
        content = [replace(a, annotations=[edit(a.annotations[0], label="dog")], is_unedited=False), b]
        written(dataset.changed(content), tmp_path / "out", "fiftyone")
    frames[0]["q"]["detections"][0]["label"] = "dog"  # type: ignore[index]
    assert json.loads((tmp_path / "out/frames.json").read_text())["frames"] == frames


def test_segmentations_of_a_field_become_one_mask_with_its_targets(tmp_path: Path) -> None:
    one = {"encoding": "coco_rle", "size": [2, 3], "counts": [1, 2, 3]}
    two = {"encoding": "coco_rle", "size": [2, 3], "counts": [2, 2, 2]}
    bodies = [
        {"type": "segmentation", "label": "road", "mask": one},
        {"type": "segmentation", "label": "car", "mask": two},
    ]
    dataset = MemoryDataset(
        [LabelledAsset(Asset("a.png"), image(*bodies).annotations)], names=[Label("car", {"fiftyone": [9]})]
    )
    losses = written(dataset, tmp_path / "out", "fiftyone")
    found = {line["label"]: line["mask"]["counts"] for line in of_kind(inspected(tmp_path / "out"), "annotation")}
    assert found == {"car": [2, 2, 2], "road": [1, 1, 4]}
    assert [loss.code for loss in losses.losses()] == ["overlap"]
    assert json.loads((tmp_path / "out/metadata.json").read_text())["mask_targets"] == {"gt": {"1": "road", "9": "car"}}


def test_mask_of_the_whole_image_is_cut_to_its_box(tmp_path: Path) -> None:
    counts = [48 * 10 + 5, 3, 45, 3, 48 * 64 - 48 * 10 - 5 - 51]
    body_ = {"type": "mask", "label": "x", "mask": {"encoding": "coco_rle", "size": [48, 64], "counts": counts}}
    written(MemoryDataset([image(body_)]), tmp_path / "out", "fiftyone")
    found = of_kind(inspected(tmp_path / "out"), "annotation")[0]
    assert found["bbox"] == [10 / 64, 5 / 48, 2 / 64, 3 / 48]
    assert found["mask"] == {"encoding": "cvat_rle", "size": [3, 2], "counts": [0, 6], "bbox_px": [10, 5, 2, 3]}


def test_mask_in_its_box_comes_back_pixel_by_pixel(tmp_path: Path) -> None:
    rows = [[(row * column) % 3 == 1 for column in range(32)] for row in range(24)]
    folder = write(tmp_path / "in", sample(one=detection(mask=mask(rows))))
    (given,) = of_kind(inspected(folder), "annotation")
    written(MemoryDataset([image({k: v for k, v in body(given).items() if k != "extra"})]), tmp_path / "o", "fiftyone")
    (found,) = of_kind(inspected(tmp_path / "o"), "annotation")
    assert (found["mask"], found["bbox"]) == (given["mask"], given["bbox"])


def test_types_without_a_class_and_pixels_without_sides_are_left_out_and_told(tmp_path: Path) -> None:
    content = image({"type": "caption", "text": "a cat"}, {"type": "detection", "bbox_px": [1, 2, 3, 4]})
    dataset = MemoryDataset([replace(content, asset=Asset("a.png"))])
    losses = written(dataset, tmp_path / "out", "fiftyone")
    assert [(loss.code, loss.field) for loss in losses.losses()] == [
        ("left_out", "type.caption"),
        ("left_out", "type.detection"),
    ]
    assert (losses.written, losses.left_out) == (0, 2)


def test_members_without_a_field_are_told_and_flags_are_written(tmp_path: Path) -> None:
    body_ = {"type": "detection", "bbox": [0, 0, 1, 1], "occluded": True, "track_id": "7", "rotation": 30.0}
    losses = written(
        MemoryDataset([image(body_ | {"review": {"state": "accepted"}, "extra": {"coco": 1}})]),
        tmp_path / "out",
        "fiftyone",
    )
    assert [(loss.code, loss.field) for loss in losses.losses()] == [("extra", "extra.coco"), ("no_place", "review")]
    found = body(of_kind(inspected(tmp_path / "out"), "annotation")[0])
    assert {name: found[name] for name in body_} == body_


def test_skeleton_of_a_class_becomes_that_of_its_field(tmp_path: Path) -> None:
    points = [{"name": "a", "x": 0.1, "y": 0.2, "visibility": 1}, {"name": "b", "visibility": 0}]
    skeleton = {"names": ["a", "b"], "edges": [[0, 1]]}
    dataset = MemoryDataset(
        [image({"type": "keypoints", "label": "cat", "keypoints": points})], names=[Label("cat", skeleton=skeleton)]
    )
    losses = written(dataset, tmp_path / "out", "fiftyone")
    found = inspected(tmp_path / "out")
    assert of_kind(found, "label")[0]["skeleton"] == skeleton
    assert of_kind(found, "annotation")[0]["keypoints"] == points
    assert losses.losses() == []


def test_images_and_videos_in_one_data_set_become_slices_of_groups(tmp_path: Path) -> None:
    box = {"type": "detection", "label": "cat", "bbox": [0, 0, 0.5, 0.5]}
    clip = LabelledAsset(
        Asset("b.mp4", True, None, 64, 48, frame_count=9),
        [Annotation("b.mp4", box | {"field": "gt", "frame_index": 3}, "1")],
    )
    losses = written(MemoryDataset([image(box), clip, image(name="c.png")]), tmp_path / "out", "fiftyone")
    metadata, samples = json.loads((tmp_path / "out/metadata.json").read_text()), samples_of(tmp_path / "out")
    assert {name: metadata[name] for name in ("media_type", "group_field", "default_group_slice")} == {
        "media_type": "group",
        "group_field": "group",
        "default_group_slice": "image",
    }
    assert metadata["group_media_types"] == {"image": "image", "video": "video"}
    fields = {each["name"]: each["embedded_doc_type"] for each in metadata["sample_fields"]}
    assert (fields["group"], fields["metadata"]) == ("fiftyone.core.groups.Group", "fiftyone.core.metadata.Metadata")
    assert [(each["_media_type"], each["group"]["name"], each["metadata"]["_cls"]) for each in samples] == [
        ("image", "image", "ImageMetadata"),
        ("video", "video", "VideoMetadata"),
        ("image", "image", "ImageMetadata"),
    ]
    assert len({each["group"]["_id"]["$oid"] for each in samples}) == 3
    found = inspected(tmp_path / "out")
    assert [(line["asset"], line.get("frame_index")) for line in of_kind(found, "annotation")] == [
        ("a.png", None),
        ("b.mp4", 3),
    ]
    assert [(line["file_name"], line.get("frame_count")) for line in of_kind(found, "asset")] == [
        ("a.png", None),
        ("b.mp4", 9),
        ("c.png", None),
    ]
    assert losses.losses() == []


GROUPED = {
    "media_type": "group",
    "group_field": "scene",
    "group_media_types": {"center": "image", "clip": "video"},
    "default_group_slice": "center",
}


def in_group(name: str) -> dict[str, Any]:
    return {"scene": {"_id": oid(50), "_cls": "Group", "name": name}}


def test_grouped_data_set_keeps_its_groups_when_it_is_edited(tmp_path: Path) -> None:
    fields = [{"name": "gt", "embedded_doc_type": "fiftyone.core.labels.Detections"}]
    video = sample(_id=oid(8), filepath="v.mp4", metadata={"_cls": "VideoMetadata", "total_frame_count": 4})
    frame = {"_id": oid(2), "_sample_id": oid(8), "frame_number": 3, "gt": detections(detection(5))}
    folder = write(
        tmp_path / "in",
        sample(gt=detections(detection(1))) | in_group("center"),
        video | in_group("clip"),
        metadata=GROUPED | {"sample_fields": fields, "frame_fields": fields},
        frames=[frame],
    )
    converted(folder, tmp_path / "same", "fiftyone")
    for name in ("metadata.json", "samples.json", "frames.json"):
        assert (tmp_path / "same" / name).read_bytes() == (folder / name).read_bytes()
    with open_source(folder) as source:
        dataset = Edited(source, load("fiftyone"), Context())
        picture, clip = dataset.assets()
        assert (clip.asset.frame_count, clip.annotations[0].body["frame_index"]) == (4, 2)
        changed = replace(picture, annotations=[edit(picture.annotations[0], label="dog")], is_unedited=False)
        written(dataset.changed([changed, clip, image(name="new.mp4")]), tmp_path / "out", "fiftyone")
    given, found = samples_of(folder), samples_of(tmp_path / "out")
    given[0]["gt"]["detections"][0]["label"] = "dog"
    assert found[:2] == given
    assert (found[2]["scene"]["name"], "group" in found[2]) == ("clip", False)
    metadata = json.loads((tmp_path / "out/metadata.json").read_text())
    assert {name: metadata[name] for name in GROUPED} == GROUPED


def test_samples_of_a_data_set_of_images_get_groups_when_a_video_is_added(tmp_path: Path) -> None:
    fields = [{"name": "gt", "embedded_doc_type": "fiftyone.core.labels.Detections"}]
    folder = write(tmp_path / "in", sample(gt=detections(detection(1, x=1.50))), metadata={"sample_fields": fields})
    with open_source(folder) as source:
        dataset = Edited(source, load("fiftyone"), Context())
        written(dataset.changed([*dataset.assets(), image(name="b.mp4")]), tmp_path / "out", "fiftyone")
    first, second = samples_of(tmp_path / "out")
    assert (first.pop("group")["name"], second["group"]["name"]) == ("image", "video")
    assert first == samples_of(folder)[0]
    metadata = json.loads((tmp_path / "out/metadata.json").read_text())
    assert (metadata["media_type"], metadata["sample_fields"][-1]["name"]) == ("group", "group")


def test_unlabelled_asset_has_null_and_a_reviewed_one_an_empty_list(tmp_path: Path) -> None:
    box = {"type": "detection", "bbox": [0, 0, 1, 1]}
    content = [image(box), image(name="b.png"), image(name="c.png", labelled=False)]
    written(MemoryDataset(content), tmp_path / "out", "fiftyone")
    assert [each["gt"] and each["gt"]["detections"][1:] for each in samples_of(tmp_path / "out")] == [[], [], None]


def test_box_around_points_and_holes_come_back_and_holes_are_told(tmp_path: Path) -> None:
    ring = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]
    polygon = {"type": "polygon", "rings": [ring], "holes_px": [[[12.0, 6.0], [32.0, 6.0], [32.0, 12.0]]]}
    points = {"type": "keypoints", "keypoints": [{"x": 0.5, "y": 0.5}], "bbox_px": [16.0, 12.0, 32.0, 24.0]}
    losses = written(MemoryDataset([image(polygon, points)]), tmp_path / "out", "fiftyone")
    assert [(loss.code, loss.field, loss.count) for loss in losses.losses() if loss.code != "renamed_field"] == [
        ("shown_without", "holes", 1)
    ]
    found = {line["type"]: line for line in of_kind(inspected(tmp_path / "out"), "annotation")}
    assert found["polygon"]["holes"] == [[[0.1875, 0.125], [0.5, 0.125], [0.5, 0.25]]]
    assert found["keypoints"]["bbox"] == [0.25, 0.25, 0.5, 0.5]
