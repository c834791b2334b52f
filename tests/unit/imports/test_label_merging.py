"""Classes of label files merged into label schemas."""

from typing import Any

from foveal.catalog.label_schema_models import LabelSchema, contradictions
from foveal.formats.base.model.items import Label
from foveal.imports import label_merging
from foveal.imports.label_merging import merged

PERSON = {"names": ["head", "foot"], "edges": [[0, 1]]}


def a_schema(*labels: dict[str, Any], **members: Any) -> LabelSchema:
    return LabelSchema.model_validate({"labels": list(labels), **members})


def dumped(schema: LabelSchema) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in each.items() if value != []}
        for each in schema.model_dump(exclude_none=True)["labels"]
    ]


def test_label_takes_ids_colour_and_skeleton_of_the_file() -> None:
    merge = merged(a_schema(), [Label("person", {"coco": [1]}, color="#ff0000", skeleton=PERSON)])
    assert dumped(merge.schema) == [
        {"name": "person", "color": "#ff0000", "skeleton": PERSON, "external_ids": {"coco": 1}}
    ]
    assert (merge.added, merge.extended, merge.told) == (["person"], [], [])


def test_label_of_the_schema_keeps_what_it_has_and_takes_what_it_lacks() -> None:
    schema = a_schema({"name": "person", "color": "#000000", "external_ids": {"coco": 1}}, enforced_fields=["gt"])
    merge = merged(schema, [Label("person", {"yolo": [0]}, color="#ff0000", supercategory="living")])
    (label,) = dumped(merge.schema)
    assert (label["color"], label["supercategory"]) == ("#000000", "living")
    assert label["external_ids"] == {"coco": 1, "yolo": 0}
    assert merge.schema.enforced_fields == ["gt"]
    assert (merge.added, merge.extended) == ([], ["person"])
    assert [(each.code, "color" in each.message) for each in merge.told] == [("label_differs", True)]


def test_merge_of_the_same_classes_again_changes_nothing() -> None:
    classes = [Label("a", {"coco": [1, 3]}, attributes=[{"name": "age", "input_type": "number"}]), Label("b")]
    once = merged(a_schema(), classes).schema
    again = merged(once, classes)
    assert (again.schema, again.added, again.extended, again.told) == (once, [], [], [])


def test_classes_of_one_name_are_one_label_with_the_ids_of_both() -> None:
    merge = merged(a_schema(), [Label("cat", {"coco": [1]}), Label("cat", {"coco": [7]})])
    assert dumped(merge.schema) == [{"name": "cat", "external_ids": {"coco": [1, 7]}}]


def test_names_are_compared_in_normalization_form_c() -> None:
    merge = merged(a_schema({"name": "Ente für"}), [Label("Ente fu\u0308r", {"yolo": [0]})])
    assert [each["external_ids"] for each in dumped(merge.schema)] == [{"yolo": 0}]


def test_id_that_another_label_has_is_told_and_not_taken() -> None:
    merge = merged(a_schema({"name": "car", "external_ids": {"coco": 1}}), [Label("dog", {"coco": [1]})])
    assert dumped(merge.schema)[1] == {"name": "dog"}
    assert [each.code for each in merge.told] == ["external_id_taken"]
    assert list(contradictions(merge.schema)) == []


def test_attribute_loses_a_default_and_limits_that_contradict_it() -> None:
    attributes: list[dict[str, Any]] = [
        {"name": "size", "input_type": "select", "values": ["s", "l"], "default": "m"},
        {"name": "age", "input_type": "number", "minimum": 5, "maximum": 1, "default": 7},
        {"name": "age", "input_type": "text"},
    ]
    merge = merged(a_schema(), [Label("person", attributes=attributes)])
    assert list(contradictions(merge.schema)) == []
    assert [(each.name, each.default, each.minimum) for each in merge.schema.labels[0].attributes] == [
        ("size", None, None),
        ("age", None, None),
    ]
    assert {each.code for each in merge.told} == {"attribute_unfit"}


def test_labels_beyond_the_bound_of_a_schema_are_told_by_their_number(monkeypatch: Any) -> None:
    monkeypatch.setattr(label_merging, "MAX_LABELS", 2)
    merge = merged(a_schema(), [Label(name) for name in "abcd"])
    assert merge.added == ["a", "b"]
    assert [(each.code, "2 of the files" in each.message) for each in merge.told] == [("label_schema_full", True)]
