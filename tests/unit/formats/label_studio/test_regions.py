"""Regions: labels, statements and relations of one object; statements about the whole asset."""

from pathlib import Path

from tests.unit.formats.label_studio.tasks import annotation, rectangle, result, task, write
from tests.unit.formats.reading import inspected, of_kind

BOX = {"x": 10, "y": 10, "width": 20, "height": 20, "rotation": 0}


def test_labels_of_one_region_are_an_annotation_each(tmp_path: Path) -> None:
    found = inspected(write(tmp_path, task(annotation(rectangle(1, 1, 5, 5, labels=["Car", "Red"])))))
    first, second = of_kind(found, "annotation")
    assert (first["label"], second["label"]) == ("Car", "Red")
    assert first["instance_id"] == second["instance_id"] == "r1"
    assert first["pointer"] == second["pointer"]
    assert found[-1]["records"] == 1


def test_shape_and_labels_of_one_id_are_one_object(tmp_path: Path) -> None:
    shape, labels = result("rectangle", BOX), result("labels", BOX | {"labels": ["Car"]})
    found = inspected(write(tmp_path, task(annotation(shape, labels))))
    (line,) = of_kind(found, "annotation")
    assert (line["label"], line["bbox"]) == ("Car", [0.1, 0.1, 0.2, 0.2])
    assert found[-1]["records"] == 1


def test_shapes_of_one_id_in_two_places_are_two_objects(tmp_path: Path) -> None:
    """cvat-ai/datumaro#56: equal ids were merged."""
    found = inspected(write(tmp_path, task(annotation(rectangle(1, 1, 5, 5), rectangle(20, 20, 5, 5)))))
    assert [line["bbox"][0] for line in of_kind(found, "annotation")] == [0.01, 0.2]
    assert of_kind(found, "warning")[0]["code"] == "id_twice"


def test_statements_about_a_region_are_its_attributes_and_its_text(tmp_path: Path) -> None:
    colour = result("choices", BOX | {"choices": ["red"]}) | {"from_name": "colour (main)"}
    size = result("number", BOX | {"number": 3}) | {"from_name": "size"}
    text = result("textarea", BOX | {"text": ["ABC", "123"]}) | {"from_name": "plate"}
    shape = result("rectanglelabels", BOX | {"rectanglelabels": ["Car"]})
    found = inspected(write(tmp_path, task(annotation(shape, colour, size, text))))
    (line,) = of_kind(found, "annotation")
    assert line["attributes"] == {"colour _main_": "red", "size": 3}
    assert line["text"] == "ABC\n123"
    assert line["extra"]["controls"] == {"colour _main_": "colour (main)"}


def test_relation_belongs_to_the_region_that_it_starts_from(tmp_path: Path) -> None:
    relation = {"type": "relation", "from_id": "r1", "to_id": "r2", "direction": "bi", "labels": ["holds"]}
    found = inspected(
        write(tmp_path, task(annotation(rectangle(1, 1, 5, 5), relation, rectangle(9, 9, 5, 5, id_="r2"))))
    )
    first, second = of_kind(found, "annotation")
    assert first["relations"] == [{"to": "r2", "direction": "both", "labels": ["holds"]}]
    assert "relations" not in second


def test_relation_is_told_when_its_region_is_not_there(tmp_path: Path) -> None:
    relation = {"type": "relation", "from_id": "r1", "to_id": "nowhere", "direction": "right"}
    found = inspected(write(tmp_path, task(annotation(rectangle(1, 1, 5, 5), relation))))
    assert "region" in of_kind(found, "not_imported")[0]["reason"]
    assert (found[-1]["imported"], found[-1]["records"]) == (1, 2)


def test_statements_about_the_asset_have_types_of_their_own(tmp_path: Path) -> None:
    stated = [
        result("choices", {"choices": ["day", "rain"]}, "a", None),
        result("taxonomy", {"taxonomy": [["Animal", "Dog"], ["Thing"]]}, "b", None),
        result("textarea", {"text": ["A dog.", ""]}, "c", None),
        result("number", {"number": 4.5}, "d", None) | {"from_name": "height"},
        result("rating", {"rating": 3}, "e", None) | {"from_name": "stars"},
    ]
    found = inspected(write(tmp_path, task(annotation(*stated))))
    lines = [
        (each["type"], each.get("label"), each.get("text", each.get("value"))) for each in of_kind(found, "annotation")
    ]
    assert lines == [
        ("classification", "day", None),
        ("classification", "rain", None),
        ("classification", "Animal/Dog", None),
        ("classification", "Thing", None),
        ("caption", None, "A dog."),
        ("regression", "height", 4.5),
        ("regression", "stars", 3),
    ]
    assert of_kind(found, "annotation")[2]["attributes"] == {"path": ["Animal", "Dog"]}
    assert found[-1]["records"] == 5


def test_labels_of_any_text_come_through(tmp_path: Path) -> None:
    names = ["traffic light", "a,b", "x/y", "Größe", "汽车", '"quoted"']
    found = inspected(write(tmp_path, task(annotation(rectangle(1, 1, 5, 5, labels=names)))))
    assert [line["label"] for line in of_kind(found, "annotation")] == names
    assert [line["name"] for line in of_kind(found, "label")] == names
    assert of_kind(found, "label")[0]["external_ids"] == {"label_studio": ["traffic light"]}


def test_unknown_members_survive_in_extra(tmp_path: Path) -> None:
    made = rectangle(1, 1, 5, 5) | {"meta": {"text": ["note"]}, "image_rotation": 90, "readonly": True}
    (line,) = of_kind(inspected(write(tmp_path, task(annotation(made)))), "annotation")
    assert line["extra"]["meta"] == {"text": ["note"]}
    assert (line["extra"]["image_rotation"], line["extra"]["readonly"]) == (90, True)


def test_origin_of_a_result_is_its_source(tmp_path: Path) -> None:
    results = [
        rectangle(1, 1, 5, 5, id_=name) | {"origin": name} for name in ("manual", "prediction", "prediction-changed")
    ]
    found = of_kind(inspected(write(tmp_path, task(annotation(*results)))), "annotation")
    assert [line["source"] for line in found] == ["manual", "auto", "semi_auto"]
