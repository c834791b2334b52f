"""Reading of FiftyOne data sets: labels of every class, frames, what null and an empty list say, hostile arrays."""

import json
from pathlib import Path
from typing import Any

import pytest

from foveal.formats.base.files.source import open_source
from foveal.formats.registry import detect
from tests.unit.formats.converted import mutations
from tests.unit.formats.fiftyone.building import (
    binary,
    detection,
    detections,
    mask,
    oid,
    packed,
    sample,
    write,
)
from tests.unit.formats.reading import Line, inspected, of_kind


def read_one(folder: Path, label: Any, **metadata: Any) -> Line:
    """Return the annotation of one label."""
    sides = {"metadata": None} if label.get("_cls") == "Segmentation" else {}
    found = inspected(write(folder, sample(ground_truth=label, **sides), metadata=metadata))
    (annotation,) = of_kind(found, "annotation")
    return annotation


def reason(folder: Path, label: Any) -> str:
    (told,) = of_kind(inspected(write(folder, sample(ground_truth=label))), "not_imported")
    return str(told["reason"])


def test_detection_keeps_its_box_id_index_instance_tags_and_flags(tmp_path: Path) -> None:
    found = read_one(
        tmp_path,
        detections(
            detection(7, index=3, instance={"_id": oid(9), "_cls": "Instance"}, tags=["t"], confidence=0.5, iscrowd=1)
        ),
    )
    assert (found["type"], found["bbox"], found["label"], found["field"]) == (
        "detection",
        [0.25, 0.25, 0.5, 0.5],
        "cat",
        "ground_truth",
    )
    assert (found["index"], found["instance_id"], found["tags"]) == (3, oid(9)["$oid"], ["t"])
    assert (found["confidence"], found["iscrowd"], found["extra"]) == (0.5, True, {"_id": oid(7)["$oid"]})
    assert found["pointer"] == "samples.json#/samples/0/ground_truth/detections/0"


def test_custom_members_become_attributes_and_legacy_attributes_lose_nothing(tmp_path: Path) -> None:
    found = read_one(
        tmp_path,
        detection(
            colour="red",
            when={"$date": "2020-01-02T00:00:00Z"},
            old={"$date": 1577923200000},
            deep={"a": [1]},
            attributes={"pose": {"_cls": "CategoricalAttribute", "value": "left", "confidence": 0.4}},
        ),
    )
    assert found["attributes"] == {
        "pose": "left",
        "colour": "red",
        "when": "2020-01-02T00:00:00Z",
        "old": "2020-01-02T00:00:00.000Z",
    }
    assert found["extra"]["deep"] == {"a": [1]}
    assert found["extra"]["attributes"]["pose"]["confidence"] == 0.4


def test_null_field_is_unlabelled_and_an_empty_list_is_reviewed(tmp_path: Path) -> None:
    found = inspected(
        write(tmp_path, sample(ground_truth=None), sample(filepath="b.png", ground_truth=detections()), sample())
    )
    assert [line["labelled"] for line in of_kind(found, "asset")] == [False, True, False]


def test_mask_in_a_box_lies_where_the_box_is_in_pixels(tmp_path: Path) -> None:
    rows = [[0] * 32 for _ in range(24)]
    rows[0][1] = rows[23][31] = 1
    found = read_one(tmp_path, detection(mask=mask(rows)))
    assert (found["type"], found["bbox"]) == ("mask", [0.25, 0.25, 0.5, 0.5])
    assert found["mask"] == {
        "encoding": "cvat_rle",
        "size": [24, 32],
        "counts": [1, 1, 765, 1],
        "bbox_px": [16, 12, 32, 24],
    }


def test_mask_of_another_size_is_scaled_to_its_box_with_a_warning(tmp_path: Path) -> None:
    found = inspected(write(tmp_path, sample(one=detection(mask=mask([[0, 1], [0, 0]], "u1")))))
    annotation = of_kind(found, "annotation")[0]
    assert (annotation["mask"]["size"], sum(annotation["mask"]["counts"][1::2])) == ([24, 32], 12 * 16)
    assert of_kind(found, "warning")[0]["code"] == "mask_scaled"


def test_mask_without_the_sides_of_the_image_leaves_the_box_and_a_warning(tmp_path: Path) -> None:
    found = inspected(write(tmp_path, sample(metadata=None, one=detection(mask=mask([[1]])))))
    assert of_kind(found, "annotation")[0]["type"] == "detection"
    assert of_kind(found, "warning")[0]["code"] == "mask_not_placed"


def test_older_binary_form_is_read(tmp_path: Path) -> None:
    data = mask([[1, 1]])["$binary"]["base64"]
    found = read_one(tmp_path, {"_cls": "Segmentation", "mask": {"$binary": data, "$type": "00"}} | {"_id": oid(1)})
    assert found["mask"]["size"] == [1, 2]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("{'descr': '|O', 'fortran_order': False, 'shape': (1, 1), }", "of a kind that is not read: |O"),
        ("{'descr': '|b1', 'fortran_order': False, 'shape': (100000, 100000), }", "larger than"),
        ("{'descr': '|b1', 'fortran_order': False, 'shape': (10, 10), }", "cut off"),
        ("{'descr': '|b1', 'fortran_order': False, 'shape': (-1, 10), }", "shape of its array is not valid"),
        ("__import__('os').system('true')", "header of its array is broken"),
        ("[" * 500, "header of its array is broken"),
    ],
)
def test_array_is_refused_by_its_header_before_it_is_allocated(tmp_path: Path, header: str, message: str) -> None:
    assert message in reason(tmp_path, {"_cls": "Segmentation", "mask": binary(packed(header))})


def test_array_that_grows_without_end_is_refused(tmp_path: Path) -> None:
    content = packed("{'descr': '|b1', 'fortran_order': False, 'shape': (2, 2), }", bytes(50 * 2**20))
    assert "background" in reason(tmp_path, {"_cls": "Segmentation", "mask": binary(content)})


def test_array_in_columns_and_big_endian_is_read(tmp_path: Path) -> None:
    header = "{'descr': '>u2', 'fortran_order': True, 'shape': (2, 3), }"
    data = b"".join(number.to_bytes(2, "big") for number in (0, 0, 300, 0, 0, 0))
    found = read_one(tmp_path, {"_cls": "Segmentation", "mask": binary(packed(header, data))})
    assert (found["label"], found["mask"]["counts"]) == ("300", [2, 1, 3])


def test_segmentation_becomes_a_mask_for_each_class_by_its_targets(tmp_path: Path) -> None:
    label = {"_cls": "Segmentation", "mask": mask([[0, 1], [7, 1], [0, 0]], "u1")}
    found = inspected(
        write(tmp_path, sample(metadata=None, seg=label), metadata={"mask_targets": {"seg": {"1": "road", "7": "car"}}})
    )
    assert [(line["label"], line["mask"]["counts"]) for line in of_kind(found, "annotation")] == [
        ("road", [3, 2, 1]),
        ("car", [1, 1, 4]),
    ]
    assert len({line["pointer"] for line in of_kind(found, "annotation")}) == 1
    assert {line["name"]: line["external_ids"] for line in of_kind(found, "label")} == {
        "road": {"fiftyone": [1]},
        "car": {"fiftyone": [7]},
    }


def test_segmentation_of_colours_is_read_by_their_number(tmp_path: Path) -> None:
    header = "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2, 3), }"
    label = {"_cls": "Segmentation", "mask": binary(packed(header, bytes([1, 2, 3, 0, 0, 0])))}
    metadata = {"mask_targets": {"ground_truth": {"#010203": "sky"}}}
    found = inspected(write(tmp_path, sample(metadata=None, ground_truth=label), metadata=metadata))
    assert of_kind(found, "annotation")[0]["label"] == "sky"


def test_mask_path_beside_the_labels_is_read_and_a_missing_one_is_told(tmp_path: Path) -> None:
    pillow = pytest.importorskip("PIL.Image")
    write(tmp_path, sample(metadata=None, seg={"_cls": "Segmentation", "mask_path": "fields/seg/a.png"}))
    (tmp_path / "fields/seg").mkdir(parents=True)
    picture = pillow.new("L", (3, 2))
    picture.putpixel((1, 0), 5)
    picture.save(tmp_path / "fields/seg/a.png")
    assert of_kind(inspected(tmp_path), "annotation")[0]["mask"]["counts"] == [2, 1, 3]
    (tmp_path / "fields/seg/a.png").unlink()
    assert "not beside the labels" in of_kind(inspected(tmp_path), "not_imported")[0]["reason"]


def test_polyline_is_a_polygon_when_it_is_closed_or_filled(tmp_path: Path) -> None:
    ring = [[0.1, 0.1], [0.5, 0.1], [0.5, 0.5]]
    for closed, filled, type_ in ((True, True, "polygon"), (True, False, "polygon"), (False, False, "polyline")):
        label = {"_cls": "Polyline", "label": "p", "points": [ring, ring], "closed": closed, "filled": filled}
        found = read_one(tmp_path / f"{closed}{filled}", {"_cls": "Polylines", "polylines": [label]})
        assert (found["type"], found["rings"]) == (type_, [ring, ring])
        assert found.get("filled") is (filled if type_ == "polygon" else None)


def test_keypoint_without_a_number_is_not_labelled_and_confidence_is_of_each_point(tmp_path: Path) -> None:
    nan = {"$numberDouble": "NaN"}
    label = {"_cls": "Keypoint", "label": "p", "points": [[0.1, 0.2], [nan, nan]], "confidence": [0.5, nan]}
    skeleton = {"labels": ["nose", "tail"], "edges": [[0, 1]]}
    found = inspected(
        write(
            tmp_path,
            sample(kps={"_cls": "Keypoints", "keypoints": [label]}),
            metadata={"skeletons": {"kps": skeleton}},
        )
    )
    assert of_kind(found, "annotation")[0]["keypoints"] == [
        {"name": "nose", "x": 0.1, "y": 0.2, "visibility": 2, "confidence": 0.5},
        {"name": "tail", "visibility": 0},
    ]
    assert of_kind(found, "label")[0]["skeleton"] == {"names": ["nose", "tail"], "edges": [[0, 1]]}


def test_bare_nan_of_older_writers_is_read(tmp_path: Path) -> None:
    label = {"_cls": "Keypoint", "label": "p", "points": [[0.1, 0.2], [float("nan"), float("nan")]]}
    assert [point["visibility"] for point in read_one(tmp_path, label)["keypoints"]] == [2, 0]


def test_support_and_frames_count_from_0(tmp_path: Path) -> None:
    events = {"_cls": "TemporalDetections", "detections": [{"_cls": "TemporalDetection", "label": "a"}]}
    events["detections"][0]["support"] = [1, 10]  # type: ignore[index]
    frames = [
        {"_sample_id": oid(1000), "frame_number": 3, "dets": detections(detection())},
        {"_sample_id": oid(1000), "frame_number": 0, "dets": detections(detection())},
        {"_sample_id": oid(5), "frame_number": 1, "dets": None},
    ]
    found = inspected(write(tmp_path, sample(filepath="v.mp4", events=events), frames=frames))
    temporal, box = of_kind(found, "annotation")
    assert (temporal["support"], box["frame_index"]) == ({"first": 0, "last": 9}, 2)
    assert [line["reason"][:30] for line in of_kind(found, "not_imported")] == [
        "the frame has no frame_number ",
        "no sample has the id '00000000",
    ]


def test_classifications_regressions_heatmaps_and_places_are_read(tmp_path: Path) -> None:
    found = inspected(
        write(
            tmp_path,
            sample(
                weather={"_cls": "Classification", "label": "sun"},
                tags_={"_cls": "Classifications", "classifications": [{"label": "a"}, {"label": "b"}]},
                age={"_cls": "Regression", "value": 3.5},
                heat={"_cls": "Heatmap", "map": mask([[1, 2]], "u1"), "range": [0, 255]},
                place={"_cls": "GeoLocation", "point": {"type": "Point", "coordinates": [10, 50]}},
                places={"_cls": "GeoLocations", "points": {"type": "MultiPoint", "coordinates": [[1, 2], [3, 4]]}},
                solid=detection(bounding_box=None, location=[1, 2, 3], dimensions=[1, 1, 1], rotation=[0, 0, 1]),
                note="rain",
            ),
        )
    )
    assert [line["type"] for line in of_kind(found, "annotation")] == [
        *("classification", "classification", "classification", "regression", "heatmap"),
        *("geolocation", "geolocation", "geolocation", "cuboid_3d"),
    ]
    assert of_kind(found, "asset")[0]["extra"]["note"] == "rain"


def test_samples_in_files_of_their_own_are_read_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "samples").mkdir()
    (tmp_path / "metadata.json").write_text("{}")
    for number in (2, 1):
        content = sample(filepath=f"{number}.png", one=detection())
        (tmp_path / f"samples/00000{number}-x.json").write_text(json.dumps(content))
    found = inspected(tmp_path)
    assert [line["file_name"] for line in of_kind(found, "asset")] == ["1.png", "2.png"]
    assert of_kind(found, "annotation")[0]["pointer"] == "samples/000001-x.json#/one"


def test_field_with_a_name_that_is_no_layer_gets_one_and_keeps_its_own(tmp_path: Path) -> None:
    found = inspected(write(tmp_path, sample(**{"größe!": detection()})))
    assert of_kind(found, "annotation")[0]["field"] == "gr__e_"
    assert of_kind(found, "annotation")[0]["extra"]["field"] == "größe!"


def test_fiftyone_is_detected_by_its_files(tmp_path: Path) -> None:
    folder = write(tmp_path, sample())
    for path in (folder, folder / "samples.json"):
        with open_source(path) as source:
            assert detect(source).name == "fiftyone"


def test_labels_that_are_malformed_are_told(tmp_path: Path) -> None:
    found = inspected(
        write(
            tmp_path,
            sample(
                a={"_cls": "Detections", "detections": {"x": 1}},
                b=detections(detection(bounding_box=[1, 2]), 5, detection(label=7), detection(_cls=["x"])),
                c={"_cls": "Segmentation"},
                d={"_cls": "Polyline", "points": [1]},
                e={"_cls": "TemporalDetection", "support": [0, 3]},
                f={"_cls": "Regression", "value": "x"},
            ),
            {"_id": oid(3)},
        )
    )
    assert (len(of_kind(found, "not_imported")), found[-1]["imported"]) == (10, 0)


def test_samples_of_mutated_bytes_give_records_or_an_error(tmp_path: Path) -> None:
    content = json.dumps(
        {
            "samples": [
                sample(
                    gt=detections(detection(mask=mask([[0, 1] * 16] * 24), index=1, attributes={"a": {"value": 1}})),
                    seg={"_cls": "Segmentation", "mask": mask([[0, 1, 2]], "u1")},
                    kps={"_cls": "Keypoint", "points": [[0.1, 0.2], [{"$numberDouble": "NaN"}, 0.1]]},
                    line={"_cls": "Polylines", "polylines": [{"points": [[[0.1, 0.1], [0.5, 0.5], [0.1, 0.9]]]}]},
                    place={"_cls": "GeoLocation", "point": {"coordinates": [1, 2]}},
                    heat={"_cls": "Heatmap", "map": mask([[1, 2]], "u1"), "range": [0, 1]},
                    when={"_cls": "TemporalDetections", "detections": [{"support": [1, 4], "label": "x"}]},
                )
            ]
        }
    ).encode()
    (tmp_path / "metadata.json").write_text("{}")
    for changed in mutations(content, 400):
        (tmp_path / "samples.json").write_bytes(changed)
        inspected(tmp_path, "fiftyone")


def test_metadata_of_mutated_bytes_gives_records_or_an_error(tmp_path: Path) -> None:
    metadata = {
        "classes": {"gt": ["cat"]},
        "default_classes": ["a"],
        "mask_targets": {"seg": {"1": "x", "#ff0000": {"label": "y"}}},
        "skeletons": {"kps": {"labels": ["a", "b"], "edges": [[0, 1]]}},
        "sample_fields": [{"name": "gt", "embedded_doc_type": "fiftyone.core.labels.Detections"}],
    }
    label = {"_cls": "Segmentation", "mask": mask([[0, 1, 2]], "u1")}
    keypoint = {"_cls": "Keypoint", "label": "k", "points": [[0.1, 0.2], [0.3, 0.1]]}
    write(tmp_path, sample(metadata=None, seg=label, kps=keypoint))
    for changed in mutations(json.dumps(metadata).encode(), 300):
        (tmp_path / "metadata.json").write_bytes(changed)
        inspected(tmp_path, "fiftyone")
