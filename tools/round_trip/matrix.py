"""Measurement of the matrix: the samples in one format, written in another, read back, compared word by word."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any, Final

from foveal.formats.base.files.source import open_source
from foveal.formats.base.files.target import open_target
from foveal.formats.base.model.context import AssetFacts, Context
from foveal.formats.base.model.dataset import LabelledAsset, ListDataset
from foveal.formats.base.model.items import FormatError, Label
from foveal.formats.base.model.loss import LossReport
from foveal.formats.base.model.matching import AssetNames
from foveal.formats.conversion import FileDataset
from foveal.formats.inspection import context_of
from foveal.formats.registry import MODULES, Format, load
from tools.round_trip import samples
from tools.round_trip.comparison import differences, words

WHOLE: Final = ("type", "annotation")
"""Losses of these fields, or of the name of a type, tell that annotations are left out or become another type."""
SIDES: Final = (float(samples.WIDTH), float(samples.HEIGHT))


class Outcome(Enum):
    """What becomes of a word, from best to worst."""

    KEPT = "kept"
    TOLD = "told"
    SILENT = "lost in silence"


@dataclass(frozen=True, slots=True)
class Cell:
    """A word of the annotation model on its way from a source format to a target format."""

    source: str
    target: str
    word: str
    outcome: Outcome
    example: str


def formats(names: Iterable[str] | None = None) -> list[Format]:
    """Return the formats that can be written."""
    return [each for each in map(load, MODULES if names is None else names) if each.write is not None]


def measure(names: Iterable[str] | None = None) -> Iterator[Cell]:
    """Yield the cells of all pairs of formats, or of some."""
    with tempfile.TemporaryDirectory() as temporary:
        root, chosen = Path(temporary), formats(names)
        for source in chosen:
            written = write(samples.data_set(), source, root / source.name)
            content = _read(written.path, source)
            for target in chosen:
                given = ListDataset(content.assets, content.labels, source.name, None, content.sections)
                there = write(given, target, root / f"{source.name}-{target.name}")
                back = _read(there.path, target) if there.losses.written else _Content([], [], {})
                yield from _cells(source.name, target.name, content.assets, back.assets, there.losses)


@dataclass(frozen=True, slots=True)
class _Written:
    path: Path
    losses: LossReport


@dataclass(frozen=True, slots=True)
class _Content:
    assets: Sequence[LabelledAsset]
    labels: Sequence[Label]
    sections: Mapping[str, str]


def write(dataset: ListDataset, format_: Format, path: Path) -> _Written:
    """Write a data set; without its videos where a format refuses to hold them beside images."""
    losses = LossReport()
    assert format_.write is not None
    try:
        with open_target(path) as target:
            format_.write(dataset, target, _context({}), losses)
    except FormatError:
        images = [each for each in dataset.content if not each.asset.file_name.endswith(".mp4")]
        if len(images) == len(dataset.content):
            raise
        return write(replace(dataset, content=images), format_, path)
    return _Written(path, losses)


def _read(path: Path, format_: Format) -> _Content:
    """Read files, and answer what is asked with what is proposed."""
    with open_source(path) as source:
        answers: dict[str, str] = {}
        while True:
            context = context_of(source, [f"{name}={value}" for name, value in answers.items()], None)
            found = FileDataset(source, format_, _context(context.options))
            asked = {each["option"]: each["proposal"] for each in found.told if each["kind"] == "question"}
            if asked.keys() <= answers.keys():
                return _Content(list(found.assets()), found.labels(), found.sections())
            answers |= asked


def _context(options: Mapping[str, str]) -> Context:
    facts = samples.facts()
    return Context(options, facts, lambda _: AssetFacts(samples.WIDTH, samples.HEIGHT), AssetNames(facts))


def _cells(
    source: str, target: str, before: Sequence[LabelledAsset], after: Sequence[LabelledAsset], losses: LossReport
) -> Iterator[Cell]:
    told = {loss.field.removesuffix("_px") for loss in losses.losses()}
    unwritten = {loss.field for loss in losses.losses() if loss.code in ("left_out", "not_written")}
    told |= {"type"} if any(loss.code == "other_type" for loss in losses.losses()) else set()
    told |= {"bbox"} if "rotation" in told else set()  # a turned box becomes the one around it
    told |= {field.partition(".")[0] for field in told if not field.startswith("type.")}
    there = {_stem(each.asset.file_name): each for each in after}
    outcomes: dict[str, tuple[Outcome, str]] = {}

    def note(word: str, outcome: Outcome, example: str) -> None:
        known = outcomes.get(word)
        if known is None or list(Outcome).index(outcome) > list(Outcome).index(known[0]):
            outcomes[word] = (outcome, example)

    for each in before:
        name = each.asset.file_name
        if _stem(name) == "video" and _stem(name) not in there:
            continue  # refused as a whole, or left out: a format of images
        found = there.get(_stem(name))
        is_labelled = found is not None and found.asset.labelled  # an asset that is absent is to do
        state = Outcome.KEPT if is_labelled == each.asset.labelled else Outcome.SILENT
        note("labelled", Outcome.TOLD if state is Outcome.SILENT and told & {"labelled", *WHOLE} else state, name)
        remaining = [words(annotation.body, SIDES) for annotation in found.annotations] if found else []
        for annotation in sorted(each.annotations, key=lambda each: bool(told & _names_of_type(each.body["type"]))):
            expected = words(annotation.body, SIDES)
            actual = _best(expected, remaining)
            is_told = bool(unwritten & expected.keys()) or bool(told & {*WHOLE, *_names_of_type(expected["type"])})
            lost = set(differences(expected, actual)) if actual is not None else set(expected)
            for word in expected:
                if word not in lost:
                    note(word, Outcome.KEPT, name)
                else:
                    note(word, Outcome.TOLD if is_told or word in told else Outcome.SILENT, name)
    for word, (outcome, example) in outcomes.items():
        yield Cell(source, target, word, outcome, example)


def _names_of_type(type_: str) -> set[str]:
    """Return the fields of losses that name a type."""
    return {type_, f"type.{type_}"}


def _best(expected: Mapping[str, Any], candidates: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Take the candidate with the fewest differences, none of another type unless nothing else is left."""
    if not candidates:
        return None
    best = min(candidates, key=lambda each: len(set(differences(expected, each))))
    candidates.remove(best)
    return best


def _stem(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[0] or name
