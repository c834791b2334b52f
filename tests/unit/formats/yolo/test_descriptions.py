"""`data.yaml`: names that stay text, bounds on what is built, contents that are never used."""

import time
from pathlib import Path

import pytest

from tests.unit.formats.yolo.data_sets import boxes, inspected, labels, made, of_kind, reasons

ROW = "0 0.5 0.5 0.25 0.5\n"


def described(folder: Path, text: str | bytes, row: str = ROW) -> Path:
    return made(folder / "set", {"data.yaml": text, "labels/a.txt": row})


@pytest.mark.parametrize(
    "name", ["no", "007", "1e3", "0x10", "~", "1_000", "12:30", "2026-01-01", "on", ".inf", "null"]
)
def test_name_stays_text_when_yaml_would_make_it_a_value(tmp_path: Path, name: str) -> None:
    found = inspected(described(tmp_path, f"train: images\nnames: [{name}, '{name}x']\n"))
    assert labels(found) == {name: [0], f"{name}x": [1]}
    assert boxes(found)[0][1] == name


def test_names_as_mapping_may_have_gaps(tmp_path: Path) -> None:
    path = described(tmp_path, "train: images\nnames: {3: c, 0: a}\n", "3 .5 .5 .1 .1\n1 .5 .5 .1 .1\n")
    found = inspected(path)
    assert labels(found) == {"a": [0], "c": [3]}
    assert [box[1] for box in boxes(found)] == ["c"]
    assert reasons(found) == ["class 1 is not among the 2 classes of the data set"]


def test_names_in_a_file_are_read(tmp_path: Path) -> None:
    path = made(
        tmp_path / "set", {"data.yaml": "train: images\nnames: x.names", "x.names": "a\nb", "labels/a.txt": ROW}
    )
    assert labels(inspected(path)) == {"a": [0], "b": [1]}


def test_classes_without_names_are_named_by_number(tmp_path: Path) -> None:
    found = inspected(described(tmp_path, "train: images\nnc: 2\n", "1 .5 .5 .1 .1\n2 .5 .5 .1 .1\n"))
    assert labels(found) == {"0": [0], "1": [1]}
    assert reasons(found) == ["class 2 is not among the 2 classes of the data set"]


def test_classes_of_one_name_are_one_label_with_both_numbers(tmp_path: Path) -> None:
    found = inspected(described(tmp_path, "train: images\nnames: [a, b, a]\n", "2 .5 .5 .1 .1\n"))
    assert labels(found) == {"a": [0, 2], "b": [1]}
    assert of_kind(found, "annotation")[0]["extra"] == {"class": 2}
    assert [line["code"] for line in of_kind(found, "warning")] == ["name_twice"]


def test_name_that_cannot_be_used_is_replaced_and_told(tmp_path: Path) -> None:
    found = inspected(described(tmp_path, f"train: images\nnames: ['', {'x' * 300}]\n"))
    assert labels(found) == {"0": [0], "1": [1]}
    assert [line["code"] for line in of_kind(found, "warning")] == ["unusable_name", "unusable_name"]


def test_number_of_classes_that_differs_is_told(tmp_path: Path) -> None:
    found = inspected(described(tmp_path, "train: images\nnc: 80\nnames: [a]\n"))
    assert [line["code"] for line in of_kind(found, "warning")] == ["nc_differs"]


def test_download_is_never_run(tmp_path: Path) -> None:
    script = "download: |\n  import pathlib\n  pathlib.Path('ran').touch()\n"
    found = inspected(described(tmp_path, f"train: images\nnames: [a]\n{script}"))
    assert [line["code"] for line in of_kind(found, "warning")] == ["download_not_run"]
    assert list(tmp_path.rglob("ran")) == []


def test_tag_of_yaml_constructs_nothing(tmp_path: Path) -> None:
    found = inspected(described(tmp_path, "train: images\nnames: [!!python/object/apply:os.system ['touch ran']]\n"))
    assert found[-1]["code"] == "not_yolo"


def test_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    text = b"\xef\xbb\xbftrain: images\r\nnames:\r\n- caf\xc3\xa9\r\n"
    found = inspected(described(tmp_path, text, "\ufeff0 0.5 0.5 0.25 0.5\r\n\r\n0 0.5 0.5 0.25 0.5\r\n"))
    assert labels(found) == {"café": [0]}
    assert [line["pointer"] for line in of_kind(found, "annotation")] == ["labels/a.txt#L1", "labels/a.txt#L3"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("names: [" * 40 + "]" * 40, "yaml_too_large"),
        ("train: images\nnames: [a\n", "not_yaml"),
        ("train: images\nnames: {0: a, 0: b}\n", "duplicate_key"),
        ("train: images\nnames: {x: a}\n", "not_yolo"),
        ("train: images\nnames: {-1: a}\n", "wrong_names"),
        ("train: images\nnames: [[a]]\n", "not_yolo"),
        ("train: {x: y}\nnames: [a]\n", "not_yolo"),
        ("train: images\nnames: *x\n", "not_yaml"),
        ("train: images\nnc: many\n", "not_yolo"),
        ("train: images\nnc: 99999999999\n", "wrong_nc"),
        ("train: images\nnc: 1000000\n", "wrong_nc"),
        ("train: images\nkpt_shape: [17]\n", "wrong_kpt_shape"),
        ("train: images\nkpt_shape: [17, 4]\n", "wrong_kpt_shape"),
        ("train: images\nkpt_shape: {a: b}\n", "not_yolo"),
        ("train: images\n? [a]\n: b\n", "not_yaml"),
        (b"train: images\nnames: [\xff]\n", "not_utf8"),
    ],
)
def test_broken_description_is_refused_with_its_reason(tmp_path: Path, text: str | bytes, code: str) -> None:
    assert inspected(described(tmp_path, text))[-1]["code"] == code


def test_aliases_that_multiply_are_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    found = inspected(described(tmp_path, "\n".join([*lines, "train: images", "names: *a9"])))
    assert found[-1]["code"] == "yaml_too_large"


def test_alias_is_followed(tmp_path: Path) -> None:
    assert labels(inspected(described(tmp_path, "train: images\nx: &n [a, b]\nnames: *n\n"))) == {"a": [0], "b": [1]}


def test_long_paths_and_values_are_read_in_linear_time(tmp_path: Path) -> None:
    lines = "\n".join(["a/" * 100_000 + "x.jpg"] * 5)
    files = {
        "data.yaml": f"train: [train.txt, {'b/' * 100_000}]\nnames: [a]\n",
        "train.txt": f"images/a.jpg\n{lines}\n",
        "labels/a.txt": ROW,
    }
    started = time.monotonic()
    found = inspected(made(tmp_path / "set", files))
    assert [line["file_name"] for line in of_kind(found, "asset")] == ["images/a.jpg"]
    assert {line["code"] for line in of_kind(found, "warning")} == {"path_too_long", "split_missing"}
    many = described(tmp_path / "many", "train: images\nnames: [" + "a, " * 150_000 + "a]\n")
    assert inspected(many)[-1]["labels"] == 1
    assert time.monotonic() - started < 20, "a quadratic search took minutes"
