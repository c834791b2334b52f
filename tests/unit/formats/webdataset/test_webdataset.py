"""WebDataset: keys and suffixes, labels of each suffix, shards of labels."""

import io
import json
import tarfile
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import webdataset
from hypothesis import given, settings

from foveal.formats.base.files.source import open_source
from foveal.formats.base.model.items import Label
from foveal.formats.registry import detect
from foveal.formats.webdataset.reading import split_name
from tests.unit.formats.bodies import MemoryDataset, assert_near, datasets
from tests.unit.formats.converted import converted, mutations
from tests.unit.formats.reading import body, inspected, of_kind
from tests.unit.formats.written import written


def shard(path: Path, **members: str | bytes) -> Path:
    """Write a tar file of members; `__` in a name stands for a dot, `_x_` for a slash."""
    return tar(path, {name.replace("_x_", "/").replace("__", "."): content for name, content in members.items()})


def tar(path: Path, members: dict[str, str | bytes]) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, content in members.items():
            data = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("a.0/1.1.png", ("a.0/1", "1.png")),
        ("a/b.JPG", ("a/b", "jpg")),
        ("b", ("b", "")),
        ("__labels__", ("__labels__", "")),
        ("x/.cls", ("x/", "cls")),
    ],
)
def test_key_goes_up_to_the_first_dot_of_the_base_name(name: str, parts: tuple[str, str]) -> None:
    assert split_name(name) == parts


def test_cls_is_a_classification_by_the_names_of_the_option(tmp_path: Path) -> None:
    path = shard(tmp_path / "a.tar", a__jpg=b"x", a__cls="1", b__jpg=b"x", b__cls="7", c__jpg=b"x")
    found = inspected(path, classes="cat,dog")
    assert [(line["file_name"], line["labelled"]) for line in of_kind(found, "asset")] == [
        ("a.jpg", True),
        ("b.jpg", True),
        ("c.jpg", False),
    ]
    assert [line["label"] for line in of_kind(found, "annotation")] == ["dog"]
    assert of_kind(found, "label")[0]["external_ids"] == {"webdataset": [1]}
    assert "no class 7" in of_kind(found, "not_imported")[0]["reason"]
    assert [line["label"] for line in of_kind(inspected(path), "annotation")] == ["1", "7"]


def test_class_0_is_a_label(tmp_path: Path) -> None:
    found = inspected(shard(tmp_path / "a.tar", a__jpg=b"x", a__cls="0"))
    assert of_kind(found, "annotation")[0]["label"] == "0"


def test_txt_is_a_caption_and_json_without_annotations_stays_with_the_asset(tmp_path: Path) -> None:
    path = shard(tmp_path / "a.tar", a__jpg=b"x", a__seg__png=b"y", a__txt="a cat\n", a__json='{"url": "http://x"}')
    found = inspected(path, "webdataset")
    assert of_kind(found, "annotation")[0]["text"] == "a cat"
    assert of_kind(found, "asset")[0]["extra"] == {"url": "http://x", "members": ["jpg", "seg.png"]}


def test_shards_of_a_folder_are_read_one_after_another(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    for number in range(2):
        tar(tmp_path / f"set/shard-{number:06d}.tar", {f"{number}.jpg": b"x", f"{number}.cls": f"{number}"})
    with open_source(tmp_path / "set") as source:
        assert detect(source).name == "webdataset"
    found = inspected(tmp_path / "set")
    assert [line["pointer"] for line in of_kind(found, "annotation")] == [
        "shard-000000.tar!0.cls",
        "shard-000001.tar!1.cls",
    ]


def test_suffix_that_comes_twice_in_a_sample_is_told(tmp_path: Path) -> None:
    found = inspected(tar(tmp_path / "a.tar", {"a.cls": "1", "a.CLS": "2", "a.jpg": b"x"}), "webdataset")
    assert (len(of_kind(found, "annotation")), len(of_kind(found, "not_imported"))) == (1, 1)


def test_shard_with_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    with tarfile.open(tmp_path / "set/a.tar", "w") as archive:
        link = tarfile.TarInfo("a.cls")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    assert inspected(tmp_path / "set")[-1]["code"] == "unsafe_member"


@settings(max_examples=25, deadline=None)
@given(dataset=datasets())
def test_shard_reads_back_as_it_was_written(dataset: MemoryDataset) -> None:
    label = Label("cat", {"coco": [3, 5]}, color="#ff0000", skeleton={"names": ["a"], "edges": []}, isthing=True)
    dataset = replace(dataset, names=[label])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out.tar"
        losses = written(dataset, path, "webdataset")
        found = inspected(path)
    bodies = [annotation.body for each in dataset.content for annotation in each.annotations]
    assert (losses.losses(), losses.written) == ([], len(bodies))
    assert_near(bodies, [body(line) for line in of_kind(found, "annotation")])
    assert of_kind(found, "label")[0] == {
        "kind": "label",
        "name": "cat",
        "external_ids": {"coco": [3, 5]},
        "color": "#ff0000",
        "isthing": True,
        "skeleton": {"names": ["a"], "edges": []},
    }
    assert [(each.asset.file_name, each.asset.labelled) for each in dataset.content] == [
        (line["file_name"], line["labelled"]) for line in of_kind(found, "asset")
    ]


def images(*names: str) -> MemoryDataset:
    content = []
    for number, name in enumerate(names):
        body_ = {"type": "classification", "field": "ground_truth", "label": f"l{number}"}
        content.append(_labelled(name, body_))
    return MemoryDataset(content)


def _labelled(name: str, body_: dict[str, Any]) -> Any:
    from foveal.formats.base.model.dataset import LabelledAsset
    from foveal.formats.base.model.items import Annotation, Asset

    return LabelledAsset(Asset(name), [Annotation(name, body_, name)])


def test_names_with_dots_and_equal_stems_get_keys_of_their_own(tmp_path: Path) -> None:
    names = ("v1.2/a.b.jpg", "v1.2/a_b.jpg", "v1.2/a.b.png", "/abs/c.jpg")
    written(images(*names), tmp_path / "out.tar", "webdataset")
    with tarfile.open(tmp_path / "out.tar") as archive:
        assert archive.getnames() == [
            "__labels__",
            "v1.2/a_b.json",
            "v1.2/a_b-2.json",
            "v1.2/a_b-3.json",
            "abs/c.json",
        ]
    assert {line["asset"] for line in of_kind(inspected(tmp_path / "out.tar"), "annotation")} == set(names)


def test_webdataset_itself_reads_the_shards(tmp_path: Path) -> None:
    written(images("x/a.b.jpg", "x/b.jpg", "c.jpg"), tmp_path / "out", "webdataset", samples_a_shard="2")
    names = sorted(str(path) for path in (tmp_path / "out").iterdir())
    assert [Path(name).name for name in names] == ["labels-000000.tar", "labels-000001.tar"]
    samples = list(webdataset.WebDataset(names, shardshuffle=False).decode())
    assert [(each["__key__"], each["json"]["annotations"][0]["label"]) for each in samples] == [
        ("x/a_b", "l0"),
        ("x/b", "l1"),
        ("c", "l2"),
    ]


def test_label_members_come_back_byte_equal_when_they_are_unedited(tmp_path: Path) -> None:
    members: dict[str, str | bytes] = {
        "a.cls": "1\n",
        "a.txt": " a cat\n",
        "b.json": '{ "annotations": [{"type": "classification", "label": "x", "z": 1.50}],"file_name":"b.jpg" }',
        "c.cls": "0",
    }
    converted(tar(tmp_path / "a.tar", members), tmp_path / "b.tar", "webdataset")
    with tarfile.open(tmp_path / "b.tar") as archive:
        found = {each.name: archive.extractfile(each).read().decode() for each in archive}  # type: ignore[union-attr]
    labels = json.loads(found.pop("__labels__"))
    assert (found, [each["name"] for each in labels]) == (members, ["1", "x", "0"])


def test_equal_data_sets_make_equal_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        written(images("x/a.jpg", "y/b.jpg"), tmp_path / name, "webdataset", samples_a_shard="10")
    one, other = ((tmp_path / name / "labels-000000.tar").read_bytes() for name in ("a", "b"))
    assert one == other


def test_json_members_of_mutated_bytes_give_records_or_an_error(tmp_path: Path) -> None:
    content = json.dumps(
        {
            "file_name": "a.jpg",
            "width": 64,
            "height": 48,
            "split": "train",
            "annotations": [
                {"type": "polygon", "field": "g", "rings": [[[0, 0], [1, 0], [1, 1]]], "label": "x"},
                {"type": "mask", "mask": {"encoding": "coco_rle", "size": [48, 64], "counts": [10, 5, 3057]}},
                {"type": "keypoints", "keypoints": [{"x": 0.5, "y": 0.5, "visibility": 1}], "tags": ["a"]},
            ],
        }
    ).encode()
    for changed in mutations(content, 300):
        inspected(tar(tmp_path / "a.tar", {"a.json": changed, "a.cls": changed[:5]}), "webdataset")


def test_shards_of_mutated_bytes_give_records_or_an_error(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    members: dict[str, str | bytes] = {"a.json": '{"annotations": []}', "b.cls": "1", "b.jpg": b"x"}
    content = tar(tmp_path / "a.tar", members).read_bytes()
    for changed in mutations(content, 300):
        (tmp_path / "set/a.tar").write_bytes(changed)
        inspected(tmp_path / "set", "webdataset")
