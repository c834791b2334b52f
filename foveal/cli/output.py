"""Output of commands: tables on a terminal, lines with tabs elsewhere, or JSON, one object a line.

Nothing from outside reaches a terminal as a command: text passes `printable`, JSON is ASCII. Standard output holds
results alone; sentences about them go to standard error.
"""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Literal

from foveal.cli.text import printable

if TYPE_CHECKING:
    from rich.console import Console

Item = Mapping[str, Any]
ROWS_AT_ONCE: Final = 50
MIN_FLEXIBLE_WIDTH: Final = 12
STATUS_STYLES: Final = {
    **dict.fromkeys(("ready", "done", "completed", "created", "current"), "green"),
    **dict.fromkeys(("pending", "processing", "open", "skipped", "retrieving"), "yellow"),
    **dict.fromkeys(("failed", "quarantined", "expired", "refused"), "red"),
    **dict.fromkeys(("deleted", "aborted"), "bright_black"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        title: Its heading.
        value: Text of a cell, from the item.
        width: Cells that it takes; None shares what the others leave. Text that is longer is cut in its middle.
        rank: Columns of the greatest rank are left out first where the terminal is narrow; those of 0 never.
        is_number: Aligned to the right.
        style: Of rich; `status` colours by the text.
        is_drawn: Drawn on terminals alone, as bars are.
    """

    title: str
    value: Callable[[Item], str]
    width: int | None = None
    rank: int = 0
    is_number: bool = False
    style: str = ""
    is_drawn: bool = False


class Output:
    """Output of a command: `items` prints its results, `say` prints sentences about them."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.is_terminal = sys.stdout.isatty() and not as_json

    def items(self, items: Iterable[Item], columns: Sequence[Column], *, empty: str) -> int:
        """Print a list as it comes, and return its length; `empty` is said when there is nothing in it."""
        count = 0
        if self.is_terminal:
            rows = iter(items)
            while batch := list(islice(rows, ROWS_AT_ONCE)):
                self._table(batch, columns, has_heading=count == 0)
                count += len(batch)
        else:
            for count, item in enumerate(items, start=1):  # noqa: B007  counted for the end
                self.json(item) if self.as_json else self.line(
                    *(each.value(item) for each in columns if not each.is_drawn)
                )
        if not count:
            self.say(empty)
        return count

    def json(self, item: Item) -> None:
        """Print an object on one line."""
        print(json.dumps(item), flush=True)

    def line(self, *cells: str) -> None:
        """Print cells with tabs between them."""
        print("\t".join(map(printable, cells)), flush=True)

    def say(self, text: str) -> None:
        """Print a sentence for people; with `--json` there are none."""
        if self.as_json:
            return
        if sys.stderr.isatty():
            console(is_error=True).print(f"[bright_black]{escaped(text)}[/]", highlight=False, soft_wrap=True)
        else:
            print(printable(text), file=sys.stderr, flush=True)

    def _table(self, rows: Sequence[Item], columns: Sequence[Column], *, has_heading: bool) -> None:
        from rich.table import Table
        from rich.text import Text

        screen = console()
        shown = fitting(columns, screen.width)
        table = Table(box=None, show_header=has_heading, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        widths = dict(zip(shown, widths_of(shown, screen.width), strict=True))
        for column in shown:
            justify: Literal["left", "right"] = "right" if column.is_number else "left"
            table.add_column(column.title, width=widths[column], no_wrap=True, justify=justify)
        for item in rows:
            cells = [shortened(printable(column.value(item)), widths[column]) for column in shown]
            table.add_row(*(Text(text, style_of(column, text)) for column, text in zip(shown, cells, strict=True)))
        screen.print(table)


def fitting(columns: Sequence[Column], width: int) -> list[Column]:
    """Return the columns for which a terminal has room."""
    shown = list(columns)
    while True:
        needed = sum(each.width or MIN_FLEXIBLE_WIDTH for each in shown) + 2 * (len(shown) - 1)
        optional = max((each.rank for each in shown), default=0)
        if needed <= width or not optional:
            return shown
        shown = [each for each in shown if each.rank != optional]


def widths_of(columns: Sequence[Column], width: int) -> list[int]:
    """Return the width of each column; those without one share the rest equally."""
    flexible = sum(each.width is None for each in columns)
    rest = width - sum(each.width or 0 for each in columns) - 2 * (len(columns) - 1) - 1
    return [each.width or max(MIN_FLEXIBLE_WIDTH, rest // flexible) for each in columns]


def shortened(text: str, width: int) -> str:
    """Return a text of at most `width` cells: its middle is left out, since ends of file names tell more."""
    from rich.cells import cell_len, set_cell_size

    if cell_len(text) <= width:
        return text
    tail = (width - 1) // 2
    end = text[-tail:] if tail else ""
    while cell_len(end) > tail:
        end = end[1:]
    return set_cell_size(text, width - 1 - cell_len(end)).rstrip() + "…" + end


def style_of(column: Column, text: str) -> str:
    """Return the style of a cell."""
    return STATUS_STYLES.get(text, "") if column.style == "status" else column.style


def console(*, is_error: bool = False) -> "Console":
    """Return the terminal; NO_COLOR and the width of the window are respected."""
    from rich.console import Console

    return Console(stderr=is_error, highlight=False, markup=True, emoji=False)


def escaped(text: str) -> str:
    """Return a text of which a terminal and rich obey nothing."""
    from rich.markup import escape

    return escape(printable(text))
