"""Output of commands: text from outside stays on its line and gives a terminal no commands."""

from collections.abc import Iterator

import pytest
import typer

from foveal.cli.operations import maintenance
from foveal.cli.progress import Display
from foveal.cli.target import Target
from foveal.client.folders import Outcome, State
from foveal.client.folders.report import Progress
from foveal.ingest.reconcile import Difference, Drift, Page

HOSTILE = "a\x1b[2J\nfailed  b"


def test_reason_of_a_failed_file_is_one_printable_line(capsys: pytest.CaptureFixture[str]) -> None:
    Display(as_json=False).add(Outcome("a.jpg", State.FAILED, reason=HOSTILE))
    assert capsys.readouterr().err == "failed  a.jpg: a\\x1b[2J\\nfailed  b\n"


def test_key_that_differs_is_one_printable_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def compare(*_: object, **__: object) -> Iterator[Page]:
        yield Page(1, [Difference(HOSTILE, Drift.MISSING)], 0, None)

    monkeypatch.setattr("foveal.cli.target.find", lambda _: Target("media", "bus", (), "mongodb://db", "foveal"))
    monkeypatch.setattr("foveal.aws.s3.S3", lambda _: None)
    monkeypatch.setattr("foveal.database.client.connect", lambda *_: type("Database", (), {"assets": None}))
    monkeypatch.setattr("foveal.database.client.require_schema", lambda _: None)
    monkeypatch.setattr("foveal.ingest.reconcile.compare", compare)
    with pytest.raises(typer.Exit):
        maintenance.reconcile()
    assert capsys.readouterr().out.splitlines()[0] == "missing        a\\x1b[2J\\nfailed  b"


def test_progress_shows_acknowledged_bytes_rates_and_the_time_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("foveal.cli.progress.time.monotonic", lambda: now[0])
    display = Display(as_json=False)
    now[0] += 10
    display.advance(Progress(40, 20, 1, 0, 50_000_000, 0, is_walked=False))
    assert capsys.readouterr().err == "", "a line each half minute where there is no terminal"
    now[0] += 30
    display.advance(Progress(40, 20, 1, 0, 50_000_000, 0, is_walked=False))
    now[0] += 60
    display.advance(Progress(90, 50, 1, 2, 100_000_000, 3_700_000_000, is_walked=True))
    assert capsys.readouterr().err.splitlines() == [
        "20 of 40+ done, 1 skipped, 0 failed; 50.0 MB, 1.2 MB/s, 0 files/s",
        "50 of 90 done, 1 skipped, 2 failed; 100.0 MB, 1.0 MB/s, 0 files/s, 1:01:40 left",
    ]
