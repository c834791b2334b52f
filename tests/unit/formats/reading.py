"""Reading of label files in tests: the lines of `inspect`, with the laws that hold for every format."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from foveal.catalog.annotations.models import ANNOTATION
from foveal.formats.inspection import lines

KINDS = {"asset", "annotation", "label", "not_imported", "warning", "question", "error", "summary"}
Line = dict[str, Any]


def inspected(path: Path, format_: str | None = None, sizes: Path | None = None, **options: str) -> list[Line]:
    """Return the lines of a file, after the checks that hold for all: kinds, order, model, count law."""
    answers = [f"{name}={value}" for name, value in options.items()]
    found = list(lines(path, format_, answers, sizes))
    assert {line["kind"] for line in found} <= KINDS
    if found[-1]["kind"] == "error":
        return found
    assert found[-1]["kind"] == "summary"
    asset = None
    for line in found:
        match line["kind"]:
            case "asset":
                asset = line["file_name"]
            case "annotation":
                assert line["asset"] == asset, "annotations follow their asset"
                ANNOTATION.validate_python(body(line))
    _check_counts(found)
    return found


def body(line: Mapping[str, Any]) -> Line:
    """Return the words of the annotation model of a line."""
    return {name: value for name, value in line.items() if name not in ("kind", "asset", "pointer")}


def of_kind(found: Sequence[Line], kind: str) -> list[Line]:
    return [line for line in found if line["kind"] == kind]


def _check_counts(found: Sequence[Line]) -> None:
    counts, summary = Counter(line["kind"] for line in found), found[-1]
    assert summary["imported"] + summary["not_imported"] == summary["records"]
    assert summary["annotations"] == counts["annotation"]
    assert summary["not_imported"] == counts["not_imported"]
    assert summary["assets"] == counts["asset"]
    assert len({line["pointer"] for line in of_kind(found, "annotation")}) == summary["imported"]
