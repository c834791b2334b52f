"""Pascal VOC files as annotations: the traps of the format, and files that are broken or hostile."""

import random
from pathlib import Path

import pytest

from tests.unit.formats.reading import Line, inspected, of_kind

OBJECT = "<object><name>cat</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>30</xmax><ymax>40</ymax></bndbox></object>"
SIZE = "<size><width>100</width><height>50</height><depth>3</depth></size>"


def voc(folder: Path, content: str, name: str = "Annotations/a.xml") -> Path:
    """Write an XML file of a set, and return the folder of the set."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if "<annotation" in content else f"<annotation>{content}</annotation>", "utf-8")
    return folder


def only(path: Path, **options: str) -> Line:
    (found,) = of_kind(inspected(path, None, None, **options), "annotation")
    return found


def test_box_is_read_by_the_names_of_its_children_in_any_order(tmp_path: Path) -> None:
    box = "<bndbox><ymax>9.5</ymax><xmax>8</xmax><ymin>2.25</ymin><xmin>1</xmin></bndbox>"
    found = only(voc(tmp_path, f"<object>{box}<name>cat</name></object>{SIZE}"))
    assert (found["type"], found["label"], found["bbox_px"]) == ("detection", "cat", [1, 2.25, 7, 7.25])
    assert found["pointer"] == "Annotations/a.xml#/annotation/object[1]"


def test_box_is_moved_by_one_pixel_only_when_it_is_asked_for(tmp_path: Path) -> None:
    path = voc(tmp_path, OBJECT)
    assert only(path)["bbox_px"] == [1, 2, 29, 38]
    assert only(path, pixel_base="1")["bbox_px"] == [0, 1, 30, 39]
    assert inspected(path, pixel_base="2")[-1]["code"] == "wrong_option"


def test_box_of_the_devkit_is_read_as_it_stands_with_a_warning(tmp_path: Path) -> None:
    path = voc(tmp_path, f"<source><database>The VOC2007 Database</database></source>{OBJECT}")
    found = inspected(path)
    assert [line["code"] for line in of_kind(found, "warning")] == ["pixels_from_1"]
    assert of_kind(found, "annotation")[0]["bbox_px"] == [1, 2, 29, 38]


def test_object_keeps_its_flags_pose_attributes_and_actions(tmp_path: Path) -> None:
    rest = (
        "<pose>Left</pose><truncated>1</truncated><difficult>0</difficult><occluded>1</occluded><confidence>x</confidence>"
        "<attributes><attribute><name>color</name><value>red</value></attribute>"
        "<attribute><name>age</name><value>7</value></attribute>"
        "<attribute><name>plate</name><value>007</value></attribute></attributes>"
        "<actions><jumping>1</jumping><running>0</running></actions></object>"
    )
    found = only(voc(tmp_path, OBJECT.replace("</object>", rest)))
    assert [found[name] for name in ("pose", "truncated", "difficult", "occluded")] == ["Left", True, False, True]
    assert found["attributes"] == {"color": "red", "age": 7, "plate": "007", "jumping": True, "running": False}
    assert found["extra"] == {"confidence": "x"}


def test_flag_stays_unknown_when_it_is_absent_or_no_flag(tmp_path: Path) -> None:
    found = only(voc(tmp_path, OBJECT.replace("</object>", "<truncated>0.4</truncated></object>")))
    assert "truncated" not in found
    assert found["extra"] == {"truncated": "0.4"}
    assert "difficult" not in found


def test_parts_are_annotations_of_the_same_record(tmp_path: Path) -> None:
    part = "<part><name>head</name><bndbox><xmin>2</xmin><ymin>3</ymin><xmax>9.5</xmax><ymax>9</ymax></bndbox></part>"
    found = inspected(voc(tmp_path, OBJECT.replace("</object>", f"{part}</object>")))
    whole, head = of_kind(found, "annotation")
    assert whole["pointer"] == head["pointer"]
    assert whole["instance_id"] == head["parent_id"]
    assert (head["label"], head["bbox_px"]) == ("head", [2, 3, 7.5, 6])
    assert found[-1]["records"] == 1


@pytest.mark.parametrize(
    "outline",
    [
        "<polygon><x1>1</x1><y1>2</y1><x2>30</x2><y2>2</y2><x3>5.5</x3><y3>40</y3></polygon>",
        "<polygon><y3>40</y3><x3>5.5</x3><x1>1</x1><x2>30</x2><y1>2</y1><y2>2</y2></polygon>",
        "<polygon><pt><x>1</x><y>2</y></pt><pt><x>30</x><y>2</y></pt><pt><x>5.5</x><y>40</y></pt></polygon>",
    ],
)
def test_outline_is_a_polygon_beside_the_box(tmp_path: Path, outline: str) -> None:
    found = only(voc(tmp_path, OBJECT.replace("</object>", f"{outline}</object>")))
    assert (found["type"], found["bbox_px"]) == ("polygon", [1, 2, 29, 38])
    assert found["rings_px"] == [[[1, 2], [30, 2], [5.5, 40]]]


def test_turned_box_is_read_with_its_angle(tmp_path: Path) -> None:
    box = "<robndbox><cx>50</cx><cy>20</cy><w>10</w><h>4</h><angle>1.5707963267948966</angle></robndbox>"
    found = only(voc(tmp_path, f"<object><name>ship</name>{box}</object>{SIZE}"))
    assert (found["bbox_px"], found["rotation"]) == ([45, 18, 10, 4], 90)
    turned = "<attributes><attribute><name>rotation</name><value>30.0</value></attribute></attributes></object>"
    found = only(voc(tmp_path, OBJECT.replace("</object>", turned)))
    assert (found["bbox_px"], found["rotation"], "attributes" in found) == ([1, 2, 29, 38], 30, False)


def test_point_alone_is_a_keypoint(tmp_path: Path) -> None:
    point = "<object><name>person</name><actions><running>1</running></actions><point><x>5</x><y>6</y></point></object>"
    found = only(voc(tmp_path, point))
    assert found["keypoints"] == [{"x_px": 5, "y_px": 6}]
    assert found["attributes"] == {"running": True}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("<object><name>cat</name></object>", "no bndbox"),
        (OBJECT.replace("<xmin>1</xmin>", ""), "xmin is missing"),
        (OBJECT.replace(">1<", ">1,5<"), "xmin is no finite number: '1,5'"),
        (OBJECT.replace(">1<", ">nan<"), "xmin is no finite number"),
        (OBJECT.replace(">1<", ">1e999<"), "xmin is no finite number"),
        (OBJECT.replace(">30<", ">0<"), "negative side"),
        (OBJECT.replace(">1<", ">200<").replace(">30<", ">230<") + SIZE, "wholly outside"),
        (OBJECT.replace("cat", "c" * 300), "label"),
    ],
)
def test_object_is_told_with_the_reason_when_it_has_no_place(tmp_path: Path, content: str, reason: str) -> None:
    found = inspected(voc(tmp_path, content + OBJECT))
    (told,) = of_kind(found, "not_imported")
    assert reason in told["reason"]
    assert told["record"].startswith("<object>")
    assert len(of_kind(found, "annotation")) == 1


def test_size_0_is_a_size_that_is_not_known(tmp_path: Path) -> None:
    found = inspected(voc(tmp_path, "<size><width>0</width><height>0</height></size>" + OBJECT))
    (asset,) = of_kind(found, "asset")
    assert "width" not in asset
    assert not of_kind(found, "warning")


def test_image_without_objects_is_labelled_and_empty(tmp_path: Path) -> None:
    (asset,) = of_kind(inspected(voc(tmp_path, SIZE)), "asset")
    assert asset["labelled"] is True


def test_image_is_named_as_its_xml_file_when_the_file_name_in_it_differs(tmp_path: Path) -> None:
    found = inspected(voc(tmp_path, f"<filename>old name.JPG</filename>{OBJECT}"))
    assert of_kind(found, "asset")[0]["file_name"] == "a.JPG"
    assert [line["code"] for line in of_kind(found, "warning")] == ["other_file_name"]


def test_image_takes_its_suffix_from_the_file_beside_the_labels(tmp_path: Path) -> None:
    (tmp_path / "JPEGImages").mkdir()
    (tmp_path / "JPEGImages/a.png").write_bytes(b"")
    assert of_kind(inspected(voc(tmp_path, OBJECT)), "asset")[0]["file_name"] == "a.png"


def test_equal_names_in_two_folders_are_two_images_of_two_splits(tmp_path: Path) -> None:
    for split in ("train", "valid"):
        voc(tmp_path, f"<filename>1.jpg</filename>{OBJECT}", f"{split}/1.xml")
    found = of_kind(inspected(tmp_path), "asset")
    assert [(line["file_name"], line["split"]) for line in found] == [("train/1.jpg", "train"), ("valid/1.jpg", "val")]


def test_lists_name_splits_and_classes(tmp_path: Path) -> None:
    lists = tmp_path / "ImageSets/Main"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("a\nc\n")
    (lists / "trainval.txt").write_text("a\nb\nc\n")
    (lists / "val.txt").write_text("b\n")
    (lists / "cat_train.txt").write_text("a  1\nc -1\n")
    (lists / "cat_val.txt").write_text("b  0\n")
    (lists / "cat_trainval.txt").write_text("a  1\nb  0\nc -1\n")
    found = inspected(voc(tmp_path, OBJECT))
    assets = {line["file_name"]: line["split"] for line in of_kind(found, "asset")}
    assert assets == {"a.jpg": "train", "b.jpg": "val", "c.jpg": "train"}
    classes = {line["asset"]: line for line in of_kind(found, "annotation") if line["type"] == "classification"}
    assert classes["a.jpg"]["pointer"] == "ImageSets/Main/cat_train.txt#L1"
    assert classes["a.jpg"]["field"] == "ground_truth"
    assert classes["b.jpg"]["difficult"] is True
    assert (classes["c.jpg"]["field"], classes["c.jpg"]["confidence"]) == ("verified_absent", 0)
    assert found[-1]["records"] == 4


def test_file_names_with_blanks_stand_in_lists(tmp_path: Path) -> None:
    lists = tmp_path / "ImageSets/Main"
    lists.mkdir(parents=True)
    (lists / "val.txt").write_text("my photo\n")
    found = inspected(voc(tmp_path, OBJECT, "Annotations/my photo.xml"))
    assert [(line["file_name"], line["split"]) for line in of_kind(found, "asset")] == [("my photo.jpg", "val")]


def test_one_xml_file_is_a_source(tmp_path: Path) -> None:
    found = only(voc(tmp_path, OBJECT, "a.xml") / "a.xml")
    assert found["pointer"] == "/annotation/object[1]"


def test_broken_file_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    voc(tmp_path, OBJECT)
    (tmp_path / "Annotations/b.xml").write_text("<annotation><object>")
    found = inspected(tmp_path)
    assert [line["pointer"] for line in of_kind(found, "not_imported")] == ["Annotations/b.xml#/"]
    assert len(of_kind(found, "annotation")) == 1
    (tmp_path / "Annotations/a.xml").unlink()
    assert inspected(tmp_path, "voc")[-1]["code"] == "not_xml"


def test_entities_are_refused(tmp_path: Path) -> None:
    voc(tmp_path, OBJECT)
    bomb = "<!DOCTYPE annotation [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><annotation>&b;</annotation>"
    voc(tmp_path, bomb, "Annotations/b.xml")
    error = inspected(tmp_path)[-1]
    assert (error["code"], error["message"][:18]) == ("unsafe_xml", "Annotations/b.xml:")


def test_text_of_another_encoding_is_read_as_it_declares(tmp_path: Path) -> None:
    text = "<?xml version='1.0' encoding='ISO-8859-1'?><annotation>" + OBJECT.replace("cat", "gé") + "</annotation>"
    (tmp_path / "a.xml").write_bytes(text.encode("latin-1"))
    assert only(tmp_path)["label"] == "gé"


def test_mutated_files_give_only_typed_errors(tmp_path: Path) -> None:
    seed = (SIZE + OBJECT + OBJECT.replace("cat", "<b/>").replace("30", "1e300")).encode()
    randomness = random.Random(7)
    for _ in range(300):
        content = bytearray(b"<annotation>" + seed + b"</annotation>")
        for _ in range(randomness.randint(1, 4)):
            content[randomness.randrange(12, len(content))] = randomness.choice(b"<>/&;'\"=!0 ax\x00\xff[]?-.e9")
        (tmp_path / "a.xml").write_bytes(content)
        inspected(tmp_path / "a.xml", "voc")


def test_file_of_the_first_labelme_is_read_without_its_deleted_objects(tmp_path: Path) -> None:
    outline = "<polygon><pt><x>1</x><y>2</y></pt><pt><x>30</x><y>2</y></pt><pt><x>5</x><y>40</y></pt></polygon>"
    kept = f"<object><name>cat</name><deleted>0</deleted><occluded>yes</occluded><attributes>a=b</attributes>{outline}"
    size = "<imagesize><nrows>50</nrows><ncols>100</ncols></imagesize>"
    found = inspected(voc(tmp_path, f"{size}{kept}</object>{kept.replace('>0<', '>1<')}</object>"))
    assert [of_kind(found, "asset")[0][name] for name in ("width", "height")] == [100, 50]
    (polygon,) = of_kind(found, "annotation")
    assert (polygon["occluded"], polygon["extra"]["attributes"]) == (True, "a=b")
    assert of_kind(found, "not_imported")[0]["reason"] == "the object is marked as deleted"


def test_extra_stays_in_the_record_alone_when_it_is_too_large_to_be_stored(tmp_path: Path) -> None:
    part = "<part><name>head</name><bndbox><xmin>2</xmin><ymin>3</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></part>"
    found = inspected(voc(tmp_path, OBJECT.replace("</object>", f"<note>{'x' * 20_000}</note>{part}</object>")))
    assert [line["code"] for line in of_kind(found, "warning")] == ["extra_too_large"]
    assert "extra" not in of_kind(found, "annotation")[0]
    assert (found[-1]["records"], found[-1]["annotations"]) == (1, 2)
