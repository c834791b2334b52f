"""Advice on a damaged chain: the instant that it names can be given back."""

from datetime import UTC, datetime, timedelta

import pytest

from foveal.journal import chain
from foveal.journal.chain import Plan
from foveal.journal.marker import Finished
from foveal.journal.objects import Opened

ENDED = datetime(2026, 11, 30, 3, 42, tzinfo=UTC)


def plan(*earlier: Finished) -> Plan:
    newest = Finished(5, 1, ENDED)
    return Plan(None, 5, 9, {"ended_at": ENDED, "parts": 1}, (*earlier, newest), 0)


def segment(after: float) -> Opened:
    return Opened("segment", {"last_wall": ENDED + timedelta(seconds=after)}, "", 0, b"")


@pytest.mark.parametrize(
    ("earlier", "previous", "advice"),
    [
        ((), segment(2), "--at 2026-11-30T03:42:02.000Z"),
        ((), segment(-0.5), "no instant before it can be given back"),
        ((), None, "no instant before it can be given back"),
        ((Finished(2, 1, ENDED - timedelta(days=7)),), segment(-0.5), "--at 2026-11-30T03:41:59.500Z"),
        ((Finished(2, 1, ENDED - timedelta(days=7)),), None, "--at 2026-11-23T03:42:00.000Z"),
    ],
)
def test_advice_names_an_instant_that_a_snapshot_precedes(
    earlier: tuple[Finished, ...], previous: Opened | None, advice: str
) -> None:
    assert advice in chain._before(plan(*earlier), previous)
