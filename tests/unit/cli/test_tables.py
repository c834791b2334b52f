"""Tables: columns fit the terminal, text is cut in its middle, pipes get every column and no control characters."""

from collections.abc import Callable
from typing import Any

import pytest
from rich.cells import cell_len
from rich.text import Text

from foveal.cli import output, values
from foveal.cli.assets.columns import ASSET_COLUMNS
from foveal.cli.output import Output, fitting, shortened, widths_of

ASSET: dict[str, Any] = {
    "asset_id": "01890000-0000-7000-8000-000000000000",
    "file_name": "Löwe\x1b[2J\t日本.jpg",
    "status": "ready",
    "width": 1920,
    "height": 1080,
    "size_bytes": 1234567,
    "label_summary": [{"field": "gt", "label": "lion", "type": "detection", "count": 2}],
    "captured_at": None,
}


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    def of_width(columns: int) -> None:
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setattr("sys.stdout.isatty", lambda: True)

    return of_width


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
def test_lines_of_a_table_fit_and_ids_stay_whole(
    width: int, terminal: Callable[[int], None], capsys: pytest.CaptureFixture[str]
) -> None:
    terminal(width)
    Output(as_json=False).items([ASSET], ASSET_COLUMNS, empty="Nothing.")
    lines = capsys.readouterr().out.splitlines()
    assert ASSET["asset_id"] in lines[1]
    assert all(Text.from_ansi(line).cell_len <= width for line in lines)
    assert "\x1b[2J" not in lines[1]


def test_columns_of_the_greatest_rank_go_first() -> None:
    titles = [[each.title for each in fitting(ASSET_COLUMNS, width)] for width in (200, 80, 60)]
    assert titles == [
        ["ASSET", "NAME", "STATUS", "PIXELS", "SIZE", "LABELS", "TAKEN"],
        ["ASSET", "NAME", "PIXELS", "SIZE"],
        ["ASSET", "NAME"],
    ]
    assert sum(widths_of(fitting(ASSET_COLUMNS, 80), 80)) + 3 * 2 < 80


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("IMG_20261129_131500.jpg", 14, "IMG_202…00.jpg"),
        ("short.jpg", 14, "short.jpg"),
        ("日本日本日本日本.jpg", 10, "日本….jpg"),
    ],
)
def test_long_text_is_cut_in_its_middle(text: str, width: int, shown: str) -> None:
    assert shortened(text, width) == shown
    assert cell_len(shown) <= width


def test_pipe_gets_all_columns_with_tabs_and_no_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    assert Output(as_json=False).items([ASSET], ASSET_COLUMNS, empty="Nothing.") == 1
    line = capsys.readouterr().out.removesuffix("\n")
    assert line.split("\t")[1:] == ["Löwe\\x1b[2J\\t日本.jpg", "ready", "1920×1080", "1.2 MB", "lion ×2", ""]
    assert line.replace("\t", "").isprintable()


def test_empty_list_says_so_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert Output(as_json=False).items([], ASSET_COLUMNS, empty="No asset matches.") == 0
    assert capsys.readouterr() == ("", "No asset matches.\n")
    Output(as_json=True).items([], ASSET_COLUMNS, empty="No asset matches.")
    assert capsys.readouterr() == ("", "")


def test_hostile_name_is_no_markup_of_a_terminal(
    terminal: Callable[[int], None], capsys: pytest.CaptureFixture[str]
) -> None:
    terminal(80)
    Output(as_json=False).items([{**ASSET, "file_name": "[red]a[/]"}], ASSET_COLUMNS, empty="Nothing.")
    assert "[red]a[/]" in capsys.readouterr().out
    assert output.escaped("[red]\x1b") == "\\[red]\\x1b"


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (10**12, "1.0 TB"), (None, "")]
)
def test_size_has_a_unit_of_powers_of_1000(count: int | None, text: str) -> None:
    assert values.size(count) == text


def test_plain_value_has_words_for_true_and_commas_between_elements() -> None:
    assert values.plain([True, None, 2.5, "a", {"b": 1}]) == "true, , 2.5, a, b=1"
    assert [values.duration(each) for each in (9.84, 75, 3675)] == ["9.8 s", "1:15", "1:01:15"]
