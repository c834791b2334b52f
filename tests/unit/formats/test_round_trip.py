"""The round-trip matrix: between any two formats nothing is lost without being told, and the page shows the outcome."""

from functools import cache

import pytest

from foveal.formats.base.model.loss import LossReport
from foveal.formats.registry import MODULES, load
from tools.round_trip import matrix
from tools.round_trip.__main__ import PAGE
from tools.round_trip.matrix import Cell, Outcome
from tools.round_trip.page import page


@cache
def cells() -> tuple[Cell, ...]:
    return tuple(matrix.measure())


@pytest.mark.parametrize("source", MODULES)
def test_no_word_is_lost_in_silence_on_its_way_to_any_format(source: str) -> None:
    assert [cell for cell in cells() if cell.source == source and cell.outcome is Outcome.SILENT] == []


@pytest.mark.parametrize("name", MODULES)
def test_format_keeps_all_that_it_holds_when_it_is_read_and_written_again(name: str) -> None:
    changed = {cell.word for cell in cells() if cell.source == cell.target == name and cell.outcome is not Outcome.KEPT}
    assert changed == set()


def test_page_shows_what_was_measured() -> None:
    assert PAGE.read_text() == page(cells()), "docs/round-trip.md is stale: run `python -m tools.round_trip`"


def test_matrix_finds_a_loss_that_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LossReport, "tell", lambda *_: None)
    found = {cell.word for cell in matrix.measure(["csv", "yolo"]) if cell.outcome is Outcome.SILENT}
    assert {"confidence", "mask", "attributes"} <= found


def test_every_format_has_a_writer() -> None:
    assert [name for name in MODULES if load(name).write is None] == []
