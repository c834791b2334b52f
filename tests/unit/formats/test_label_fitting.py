"""Fitting of labels: what a label schema cannot hold moves to `extra`, and the rest passes the model."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from foveal.catalog.label_schema_models import Label as SchemaLabel
from foveal.formats.base.model.items import Label
from foveal.formats.base.model.label_fitting import fit_label
from foveal.formats.conversion import convert_files
from tests.unit.formats.reading import inspected, of_kind

MEMBERS = ("name", "type", "color", "supercategory", "isthing", "attributes", "skeleton", "external_ids")
UNFIT: list[Mapping[str, Any]] = [
    {"color": "#ff{}"},
    {"color": "red"},
    {"type": "box"},
    {"supercategory": ""},
    {"supercategory": "x" * 257},
    {"skeleton": {"names": ["a", "b"], "edges": [[0, -math.inf]]}},
    {"skeleton": {"names": ["a", "b"], "edges": [[0, 2]]}},
    {"skeleton": {"names": ["a", "a"]}},
    {"skeleton": {"names": "ab", "lines": []}},
    {"attributes": [{"name": "wheels", "int_type": "number"}]},
    {"attributes": [{"name": "wheels", "input_type": "select"}]},
    {"attributes": [{"name": "wheels", "input_type": "number", "minimum": math.nan}]},
    {"attributes": [{"name": "wheels", "input_type": ["number"]}]},
    {"attributes": [{"name": "a/b", "input_type": "number"}]},
    {"external_ids": {"coco": [True]}},
    {"external_ids": {"coco": [2**63, {"a": 1}]}},
    {"external_ids": {"coco": []}},
]


@pytest.mark.parametrize("given", UNFIT, ids=str)
def test_label_keeps_in_extra_what_a_schema_refuses(given: Mapping[str, Any]) -> None:
    found = fit_label(Label("car", **given))
    assert found is not None
    SchemaLabel.model_validate({name: value for name in MEMBERS if (value := getattr(found, name))})
    assert not getattr(found, next(iter(given)))
    json.dumps(found.extra, allow_nan=False)
    assert found.extra


def test_label_stays_as_it_is_when_a_schema_holds_it() -> None:
    label = Label(
        "car",
        {"coco": [0, "a"]},
        "detection",
        "#ff8800",
        attributes=[{"name": "color", "input_type": "select", "values": ["red"]}],
        skeleton={"names": ["nose", "eye"], "edges": [[0, 1]]},
        extra={"synset": "car.n.01"},
    )
    assert fit_label(label) == label
    assert fit_label(Label("")) is None


def test_skeleton_has_edges_when_the_file_names_points_alone() -> None:
    found = fit_label(Label("car", skeleton={"names": ["nose"]}))
    assert found is not None
    assert found.skeleton == {"names": ["nose"], "edges": []}


def test_definitions_of_labels_are_fitted_when_a_file_is_read_and_converted(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    definition = '{"name":"car","attributes":[{"name":"wheels","int_type":"number"}],"color":"#ff{}"}'
    (tmp_path / "set/__labels__").write_text(f"[{definition}]")
    (tmp_path / "set/1.json").write_text('{"annotations":[{"type":"classification","label":"car"}]}')
    [label] = of_kind(inspected(tmp_path / "set", "webdataset"), "label")
    assert label["extra"].keys() == {"color", "unfit_attributes"}
    assert list(convert_files(tmp_path / "set", tmp_path / "out", "cvat", "webdataset"))[-1]["kind"] == "summary"
