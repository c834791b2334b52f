"""Inspection of label files: every item as one JSON object, without a server."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from foveal.formats.base.files.probing import prober
from foveal.formats.base.files.source import Source, open_source
from foveal.formats.base.geometry.pixels import with_pixels
from foveal.formats.base.geometry.placement import OPTION_FRAME
from foveal.formats.base.model.context import OPTION_LAYER, AssetFacts, Context
from foveal.formats.base.model.items import (
    Annotation,
    Asset,
    FileWarning,
    FormatError,
    Item,
    Label,
    NotImported,
    Question,
    Section,
)
from foveal.formats.base.model.matching import AssetNames
from foveal.formats.base.model.member_checks import MAX_SIDE
from foveal.formats.reading import Summary, read
from foveal.formats.registry import chosen

COMMON_OPTIONS: Final[Mapping[str, str]] = {
    OPTION_LAYER: "the layer of all annotations",
    OPTION_FRAME: "where sides are swapped, numbers refer to the image as stored or as displayed",
}
"""Options of every format."""
MAX_DIGITS: Final = 12
SIZE_COLUMNS: Final = ("file_name", "width", "height", "orientation", "frame_count")


def lines(
    path: Path, format_name: str | None = None, options: Sequence[str] = (), sizes: Path | None = None
) -> Iterator[dict[str, Any]]:
    """Yield a JSON object for each item of label files; `error` last for files that are refused."""
    try:
        with open_source(path) as source:  # within, since a broken archive is told where the source is closed
            format_ = chosen(source, format_name)
            context = context_of(source, options, sizes, format_.read_options)
            sides: tuple[int, int] | None = None
            for item in read(source, format_, context):
                if isinstance(item, Asset):
                    facts = context.facts_of(item.file_name)
                    sides = (facts.width, facts.height) if facts else None
                line = line_of(item)
                if line is not None:
                    yield with_pixels(line, sides) if sides and line["kind"] == "annotation" else line
    except FormatError as error:
        yield {"kind": "error", "code": error.code, "message": error.message}


def context_of(
    source: Source, options: Sequence[str], sizes: Path | None, known: Mapping[str, str] | None = None
) -> Context:
    """Return the context of `--option` and `--sizes`. Raises FormatError, also for an option that is not `known`."""
    answers: dict[str, str] = {}
    known = None if known is None else {**COMMON_OPTIONS, **known}
    for each in options:
        name, separator, value = each.partition("=")
        if not separator:
            raise FormatError("wrong_option", f"--option {each}: write NAME=VALUE.")
        if known is not None and name.strip() not in known:
            meanings = "; ".join(f"{each} ({meaning.rstrip('.')})" for each, meaning in known.items())
            raise FormatError("unknown_option", f"--option {name.strip()}: no such option. There are: {meanings}.")
        answers[name.strip()] = value.strip()
    facts = read_sizes(sizes) if sizes else {}
    return Context(answers, facts, prober(source), AssetNames(facts))


def read_sizes(path: Path) -> Mapping[str, AssetFacts]:
    """Read a CSV of sizes (SIZE_COLUMNS; the last two may be absent or empty). Raises FormatError with the line."""
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise FormatError("unreadable", f"{path.name} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise FormatError("not_utf8", f"{path.name} is not UTF-8 (byte {error.start}): save it as UTF-8.") from error
    rows = csv.DictReader(io.StringIO(text))
    found: dict[str, AssetFacts] = {}
    try:
        if not {"file_name", "width", "height"} <= set(rows.fieldnames or ()):
            raise FormatError("wrong_sizes", f"{path.name} needs a first line with {','.join(SIZE_COLUMNS)}.")
        for row in rows:
            where = f"{path.name}, line {rows.line_num}"
            name = row["file_name"]
            facts = AssetFacts(
                _size(row, "width", 1, MAX_SIDE, where),
                _size(row, "height", 1, MAX_SIDE, where),
                _size({"orientation": "1"} | _given(row), "orientation", 0, 8, where) or 1,
                _size(row, "frame_count", 0, MAX_SIDE, where) if row.get("frame_count") else None,
            )
            if not name or found.setdefault(name, facts) != facts:
                raise FormatError("wrong_sizes", f"{where}: file_name must be there, and have one size: {name!r}.")
    except csv.Error as error:
        raise FormatError("wrong_sizes", f"{path.name}, line {rows.line_num}: {error}.") from error
    return found


def _given(row: Mapping[str, str | None]) -> dict[str, str | None]:
    return {name: value for name, value in row.items() if value}


def _size(row: Mapping[str, str | None], name: str, low: int, high: int, where: str) -> int:
    text = (row[name] or "").strip()
    if not (text.isascii() and text.isdigit() and len(text) < MAX_DIGITS and low <= int(text) <= high):
        raise FormatError("wrong_sizes", f"{where}: {name} must be an integer from {low} to {high}, not {text[:80]!r}.")
    return int(text)


def line_of(item: Item | Summary) -> dict[str, Any] | None:
    """Return an item as a JSON object with its `kind`, members without a value left out; None for sections."""
    match item:
        case Asset():
            members = {
                "file_name": item.file_name,
                "labelled": item.labelled,
                "split": item.split,
                "width": item.width,
                "height": item.height,
                "frame_count": item.frame_count,
                "external_id": item.external_id,
                "extra": dict(item.extra) or None,
                "pointer": item.pointer,
            }
            kept = {"split"}  # said also where there is none: a reader looks for it
            return {"kind": "asset"} | {
                name: value for name, value in members.items() if value is not None or name in kept
            }
        case Label():
            members = {
                "name": item.name,
                "external_ids": {name: list(ids) for name, ids in item.external_ids.items()},
                "type": item.type,
                "color": item.color,
                "supercategory": item.supercategory,
                "isthing": item.isthing,
                "attributes": [dict(each) for each in item.attributes] or None,
                "skeleton": dict(item.skeleton) if item.skeleton else None,
                "extra": dict(item.extra) or None,
                "pointer": item.pointer,
            }
            return {"kind": "label"} | _known(members)
        case Annotation():
            return {"kind": "annotation", "asset": item.asset, **item.body, "pointer": item.pointer}
        case NotImported():
            return {"kind": "not_imported"} | _known(
                {"pointer": item.pointer, "reason": item.reason, "record": item.record, "asset": item.asset}
            )
        case FileWarning():
            return {"kind": "warning", "code": item.code, "message": item.message, "where": item.where}
        case Question():
            return {
                "kind": "question",
                "option": item.option,
                "message": item.message,
                "choices": list(item.choices),
                "proposal": item.proposal,
                "where": item.where,
            }
        case Summary():
            return {"kind": "summary", **item.document()}
        case Section():
            return None


def _known(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
