"""Reader of CVAT for images 1.1: every shape, flags, attributes, labels, splits; what cannot be read is told."""

import zipfile
from pathlib import Path

import pytest

from tests.unit.formats.cvat.documents import LABELS, document, image, lines, reason, shape, video, write
from tests.unit.formats.reading import inspected, of_kind

CORPUS = Path(__file__).parents[5] / "shared/corpus/annotations/datumaro-assets/tests/assets/cvat_dataset"
CUBOID = (
    'xtl1="1" ytl1="2" xbl1="3" ybl1="40" xtr1="5" ytr1="6" xbr1="7" ybr1="48" '
    'xtl2="9" ytl2="10" xbl2="11" ybl2="42" xtr2="13" ytr2="14" xbr2="15" ybr2="46"'
)


def test_box_keeps_its_numbers_and_its_turn(tmp_path: Path) -> None:
    found = shape(
        tmp_path,
        '<box label="car" source="semi-auto" occluded="1" xtl="10.20" ytl="-3.10" xbr="30.10" ybr="20.05" '
        'rotation="45.50" z_order="-2" group_id="7"></box>',
    )
    assert found["bbox_px"] == [10.2, -3.1, 19.9, 23.15]
    assert (found["type"], found["rotation"], found["rotation_origin"]) == ("detection", 45.5, "center")
    assert (found["source"], found["occluded"], found["z_order"], found["group_id"]) == ("semi_auto", True, -2, "7")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '<polygon label="car" points="1,2;30.5,4;5,60"/>',
            {"type": "polygon", "rings_px": [[[1, 2], [30.5, 4], [5, 60]]]},
        ),
        (
            '<polyline label="car" points="1,2;30,4"/>',
            {"type": "polyline", "rings_px": [[[1, 2], [30, 4]]], "closed": False},
        ),
        (
            '<points label="car" points="1,2;3,4"/>',
            {
                "type": "keypoints",
                "keypoints": [{"x_px": 1, "y_px": 2, "visibility": 2}, {"x_px": 3, "y_px": 4, "visibility": 2}],
            },
        ),
        (
            '<ellipse label="car" cx="40" cy="30" rx="8" ry="4.5" rotation="30"/>',
            {"type": "ellipse", "ellipse_px": {"cx": 40, "cy": 30, "rx": 8, "ry": 4.5}, "rotation": 30},
        ),
        (
            f'<cuboid label="car" {CUBOID}/>',
            {"type": "cuboid", "cuboid_px": [1, 2, 3, 40, 5, 6, 7, 48, 9, 10, 11, 42, 13, 14, 15, 46]},
        ),
        ('<tag label="rain, heavy / café" source="manual"></tag>', {"type": "classification", "source": "manual"}),
    ],
)
def test_shape_is_read(tmp_path: Path, text: str, expected: dict[str, object]) -> None:
    found = shape(tmp_path, text)
    assert {name: found[name] for name in expected} == expected


def test_mask_is_read_along_its_rows(tmp_path: Path) -> None:
    found = shape(tmp_path, '<mask label="car" rle="1, 2, 1, 2" left="7" top="9" width="3" height="2"></mask>')
    expected = {"encoding": "cvat_rle", "size": [2, 3], "counts": [1, 2, 1, 2], "bbox_px": [7, 9, 3, 2]}
    assert (found["type"], found["mask"]) == ("mask", expected)


def test_mask_as_a_list_is_read(tmp_path: Path) -> None:
    found = shape(tmp_path, '<mask label="car" rle="[1, 2, 1, 2]" left="-1" top="9" width="3" height="2"/>')
    assert found["mask"]["counts"] == [1, 2, 1, 2]


def test_skeleton_keeps_the_order_the_names_and_the_hidden_apart_from_the_missing(tmp_path: Path) -> None:
    found = shape(
        tmp_path,
        '<skeleton label="dog" source="manual" z_order="0">'
        '<points label="tail" source="manual" outside="1" occluded="0" points="5.5,6.5"></points>'
        '<points label="nose" source="manual" outside="0" occluded="1" points="1,2">'
        '<attribute name="wet">true</attribute></points></skeleton>',
    )
    assert found["keypoints"] == [
        {"name": "tail", "x_px": 5.5, "y_px": 6.5, "visibility": 0, "outside": True, "occluded": False},
        {
            "name": "nose",
            "x_px": 1,
            "y_px": 2,
            "visibility": 1,
            "outside": False,
            "occluded": True,
            "attributes": {"wet": True},
        },
    ]
    assert found["extra"] == {"points": {"0": {"source": "manual"}, "1": {"source": "manual"}}}


def test_attributes_have_the_types_of_the_label(tmp_path: Path) -> None:
    found = shape(
        tmp_path,
        '<box label="car" xtl="1" ytl="1" xbr="2" ybr="2"><attribute name="model/year (a.b)">very new</attribute>'
        '<attribute name="parked">true</attribute><attribute name="speed">12.5</attribute>'
        '<attribute name="note">007</attribute></box>',
    )
    assert found["attributes"] == {"model_year _a_b_": "very new", "parked": True, "speed": 12.5, "note": "007"}
    assert found["extra"] == {"attribute_names": {"model_year _a_b_": "model/year (a.b)"}}


def test_attributes_that_do_not_fit_stay_in_extra(tmp_path: Path) -> None:
    found = shape(
        tmp_path,
        f'<box label="car" xtl="1" ytl="1" xbr="2" ybr="2"><attribute name="parked">maybe</attribute>'
        f'<attribute name="parked">no</attribute><attribute name="long">{"x" * 2000}</attribute></box>',
    )
    assert found["attributes"] == {"parked": "maybe"}
    assert found["extra"] == {"attributes": [["parked", "no"], ["long", "x" * 2000]]}


def test_unknown_members_survive_in_extra(tmp_path: Path) -> None:
    found = shape(tmp_path, '<box label="car" xtl="1" ytl="1" xbr="2" ybr="2" color="#fff" source="robot"><x/></box>')
    assert found["extra"] == {"color": "#fff", "source": "robot", "elements": ["<x/>"]}


def test_empty_label_is_no_label(tmp_path: Path) -> None:
    assert "label" not in shape(tmp_path, '<polyline label="" points="1,2;3,4"/>')


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('<box label="car" xtl="a" ytl="1" xbr="2" ybr="2"/>', "xtl is no finite number: 'a'"),
        ('<box label="car" xtl="nan" ytl="1" xbr="2" ybr="2"/>', "no finite number"),
        ('<box label="car" xtl="1e999" ytl="1" xbr="2" ybr="2"/>', "no finite number"),
        ('<box label="car" ytl="1" xbr="2" ybr="2"/>', "xtl is missing"),
        ('<box label="car" xtl="30" ytl="1" xbr="2" ybr="2"/>', "negative side"),
        ('<box label="car" xtl="300" ytl="1" xbr="320" ybr="2"/>', "wholly outside"),
        ('<box label="car" xtl="1" ytl="1" xbr="2" ybr="2" occluded="2"/>', "occluded is '2', not 0 or 1"),
        ('<box label="car" xtl="1" ytl="1" xbr="2" ybr="2" z_order="9999999999"/>', "beyond 32 bits"),
        ('<polygon label="car" points="1,2;3,4"/>', "needs 3 points"),
        ('<polygon label="car" points="1,2;3,4;5"/>', "not x,y"),
        ('<polyline label="car" points=""/>', "not x,y"),
        ('<ellipse label="car" cx="4" cy="3" rx="-8" ry="4"/>', "negative radius"),
        ('<cuboid label="car" xtl1="1"/>', "ytl1 is missing"),
        ('<mask label="car" rle="1, 2, 1" left="7" top="9" width="3" height="2"/>', "counts 4 pixels"),
        ('<mask label="car" rle="1, 2, 1, 9" left="7" top="9" width="3" height="2"/>', "counts 13 pixels"),
        ('<mask label="car" rle="" left="7" top="9" width="3" height="2"/>', "rle is ''"),
        ('<mask label="car" rle="0, -2, 8" left="7" top="9" width="3" height="2"/>', "rle is"),
        (f'<mask label="car" rle="{2**52}" left="7" top="9" width="{2**40}" height="4096"/>', "too large"),
        ('<mask label="car" rle="0, 6" left="700" top="9" width="3" height="2"/>', "wholly outside"),
        ('<skeleton label="dog"></skeleton>', "no points"),
        ('<skeleton label="dog"><box label="nose"/></skeleton>', "holds a <box>"),
        ('<skeleton label="dog"><points label="nose" points="1,2;3,4"/></skeleton>', "one position"),
        ('<tag label=""/>', "a tag needs a label"),
        ('<sphere label="car"/>', "no shape"),
        (f'<tag label="{"x" * 300}"/>', "256 characters"),
    ],
)
def test_shape_that_cannot_be_read_is_told_with_the_reason(tmp_path: Path, text: str, part: str) -> None:
    assert part in reason(tmp_path, text)


def test_box_partly_outside_keeps_its_negative_numbers(tmp_path: Path) -> None:
    found = lines(tmp_path, document(image('<box label="car" xtl="-5.5" ytl="-1" xbr="20" ybr="99"/>')))
    assert of_kind(found, "annotation")[0]["bbox_px"] == [-5.5, -1, 25.5, 100]
    assert of_kind(found, "warning")[0]["code"] == "cut_at_edge"


def test_labels_have_types_attributes_and_skeletons(tmp_path: Path) -> None:
    car, dog, rain = of_kind(lines(tmp_path, document("")), "label")
    assert (car["name"], car["color"]) == ("car", "#c06060")
    assert "type" not in car
    assert car["attributes"] == [
        {
            "name": "model_year _a_b_",
            "input_type": "select",
            "values": ["old", "very new"],
            "default": "old",
            "mutable": False,
        },
        {"name": "parked", "input_type": "checkbox", "default": False, "mutable": True},
        {"name": "speed", "input_type": "number", "minimum": 0, "maximum": 120, "default": 0, "mutable": True},
    ]
    assert car["extra"]["attribute_extra"]["speed"] == {"step": 5}
    assert (dog["type"], dog["skeleton"]) == (
        "keypoints",
        {"names": ["nose", "left eye", "tail"], "edges": [[1, 2], [0, 1]]},
    )
    assert (rain["name"], rain["type"]) == ("rain, heavy / café", "classification")


def test_attributes_of_version_1_0_are_read_from_their_text(tmp_path: Path) -> None:
    texts = ["~checkbox=parked:false", "@select=race:skip, asian,other", "~number=age:0,100,5", '@text=plate:""']
    attributes = "".join(f"<attribute>{each}</attribute>" for each in texts)
    label_xml = f"<label><name>car</name><attributes>{attributes}</attributes></label>"
    meta = f"<meta><task><labels>{label_xml}</labels></task></meta>"
    box = '<box label="car" xtl="1" ytl="2" xbr="3" ybr="4" occluded="0">{}</box>'
    values = '<attribute name="parked">true</attribute><attribute name="age">42</attribute>'
    text = f"<annotations><version>1.0</version>{meta}{image(box.format(values))}</annotations>"
    found = lines(tmp_path, text)
    (label,) = of_kind(found, "label")
    assert label["attributes"] == [
        {"name": "parked", "input_type": "checkbox", "default": False, "mutable": True},
        {
            "name": "race",
            "input_type": "select",
            "values": ["skip", "asian", "other"],
            "default": "skip",
            "mutable": False,
        },
        {"name": "age", "input_type": "number", "minimum": 0, "maximum": 100, "mutable": True},
        {"name": "plate", "input_type": "text", "mutable": False},
    ]
    assert of_kind(found, "annotation")[0]["attributes"] == {"parked": True, "age": 42}


def test_label_that_the_meta_does_not_declare_is_told(tmp_path: Path) -> None:
    found = lines(tmp_path, document(image('<tag label="bike"/><tag label="bike"/>')))
    assert of_kind(found, "label")[-1]["name"] == "bike"
    assert [line["code"] for line in of_kind(found, "warning")] == ["undeclared_label"]


def test_image_without_shapes_is_reviewed_and_empty(tmp_path: Path) -> None:
    assert of_kind(lines(tmp_path, document(image(""))), "asset")[0]["labelled"] is True


def test_project_has_splits_and_tasks(tmp_path: Path) -> None:
    meta = (
        f"<project><id>1</id>{LABELS}<subsets>Train</subsets><tasks><task><id>8</id><name>t</name>"
        "<subset>Test</subset></task><task><id>9</id><name>u</name></task></tasks></project>"
    )
    content = image("", subset="Train", task_id=9) + image("", task_id=8) + image("", task_id=9, name="b.jpg")
    found = lines(tmp_path, document(content, meta))
    assets = of_kind(found, "asset")
    assert [asset["split"] for asset in assets] == ["Train", "Test", None]
    assert assets[0]["extra"] == {"task_id": "9"}
    assert [line["code"] for line in of_kind(found, "warning")] == ["name_twice"]
    assert len(of_kind(found, "label")) == 3


def test_job_is_read_like_a_task(tmp_path: Path) -> None:
    meta = f"<job><id>3</id><subset>Validation</subset>{LABELS}</job>"
    found = lines(tmp_path, document(image('<tag label="car"/>'), meta))
    assert of_kind(found, "asset")[0]["split"] == "Validation"
    assert not of_kind(found, "warning")


def test_frame_of_a_video_is_told_once(tmp_path: Path) -> None:
    content = image("", name="frame_000012", id=12) + image("", name="frame_000013", id=13)
    found = lines(tmp_path, video(content))
    assert [line["code"] for line in of_kind(found, "warning")] == ["frame_of_a_video"]
    assert [line["file_name"] for line in of_kind(found, "asset")] == ["frame_000012", "frame_000013"]


def test_file_of_any_name_is_read_when_it_is_named(tmp_path: Path) -> None:
    found = inspected(write(tmp_path, document(image('<tag label="car"/>')), "export.txt"))
    assert found[-1]["imported"] == 1


def test_e_mails_are_not_kept(tmp_path: Path) -> None:
    from foveal.formats.base.files.source import open_source
    from foveal.formats.base.model.context import Context
    from foveal.formats.base.model.items import Section
    from foveal.formats.cvat import FORMAT

    meta = f"<task>{LABELS}<owner><username>ann@x.org</username><email>ann.b+c@mail.example.com</email></owner></task>"
    path = write(tmp_path, document("", meta))
    assert [line["code"] for line in of_kind(inspected(path), "warning")] == ["e_mail_removed"]
    with open_source(path) as source:
        sections = [item.record for item in FORMAT.read(source, Context()) if isinstance(item, Section)]
    assert "<username></username><email></email>" in sections[1]
    assert "@" not in "".join(sections)


def test_archive_with_images_is_read_with_pointers_into_its_file(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.writestr("annotations.xml", document(image('<tag label="car"/>')))
        archive.writestr("images/a/1.jpg", b"no picture")
    found = of_kind(inspected(tmp_path / "export.zip"), "annotation")[0]
    assert found["pointer"] == "annotations.xml#/annotations/image[1]/tag[1]"


def test_image_without_a_name_is_told_with_its_shapes(tmp_path: Path) -> None:
    found = lines(tmp_path, document('<image id="0"><tag label="car"/></image><image/><relation/>'))
    assert [line["pointer"] for line in of_kind(found, "not_imported")] == [
        "/annotations/image[1]/tag[1]",
        "/annotations/image[2]",
        "/annotations/relation[1]",
    ]


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE annotations [<!ENTITY a "b">]><annotations>&a;</annotations>',
        "<annotations><image",
        "<annotation><object/></annotation>",
        "",
    ],
)
def test_file_that_is_hostile_or_no_export_of_cvat_is_refused(tmp_path: Path, text: str) -> None:
    assert inspected(write(tmp_path, text), "cvat")[-1]["kind"] == "error"


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not beside the project")
def test_corpus_is_read_whole() -> None:
    found = inspected(CORPUS / "for_images/export_task/train.xml")
    assert found[-1]["imported"] == 4
    assert found[-1]["not_imported"] == 0
    assert of_kind(found, "label")[0]["attributes"][1]["values"] == ["v1", "v2", "v3"]
