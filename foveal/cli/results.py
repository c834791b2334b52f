"""Results of a command that does one thing to many assets: each is told, failures with their reason, and counted."""

from collections import Counter
from typing import Any

import typer

from foveal.cli.failures import exit_code, problem, sentence
from foveal.cli.output import Output, console, escaped
from foveal.cli.text import printable


class Results:
    """The results of a command: `done` and `failed` print one each, `end` leaves with the exit code."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._codes: Counter[int] = Counter()

    def done(self, subject: str, event: str, **members: Any) -> None:
        """Print that something was done to an asset (or another subject)."""
        self._codes[0] += 1
        if self._output.as_json:
            self._output.json({"asset_id": subject, "event": event, **members})
        elif self._output.is_terminal:
            details = "  ".join(str(value) for value in members.values() if value is not None)
            console().print(f"[green]✓[/] {escaped(subject)}  [bright_black]{escaped(f'{event}  {details}')}[/]")
        else:
            self._output.line(subject, event, *(str(value) for value in members.values() if value is not None))

    def told(self) -> None:
        """Count something that was done and printed already."""
        self._codes[0] += 1

    def failed(self, subject: str, error: Exception) -> None:
        """Print why something could not be done; the others go on. Errors of the program itself are raised."""
        reason = sentence(error)
        if reason is None:
            raise error
        self._codes[exit_code(error)] += 1
        if self._output.as_json:
            self._output.json({"asset_id": subject, "event": "failed", "problem": problem(error)})
        elif self._output.is_terminal:
            console().print(f"[red]✗ {escaped(subject)}[/]  {escaped(reason)}")
        else:
            self._output.line(subject, "failed", reason)

    def end(self, *, none: str) -> None:
        """Leave with 0 when all was done, with the code of the failure when none was, else with 1."""
        if not self._codes:
            self._output.say(printable(none))
        failures = [code for code in self._codes if code]
        if failures:
            raise typer.Exit(failures[0] if len(self._codes) == 1 else 1)
