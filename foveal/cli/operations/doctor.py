"""`foveal doctor`: examine a deployed stage, and say in words what is wrong and what to do."""

import time
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Final

import typer

from foveal.cli import target
from foveal.cli.options import AsJson
from foveal.cli.output import Output, console, escaped

if TYPE_CHECKING:
    from foveal.operations.doctor.deployment import Deployment
    from foveal.operations.doctor.examination import Check
    from foveal.operations.doctor.findings import Finding

app = typer.Typer()

MARKS: Final = {"ok": "✓", "warning": "!", "failed": "✗", "unknown": "?", "skipped": "–"}
STYLES: Final = {"ok": "green", "warning": "yellow", "failed": "red", "unknown": "red", "skipped": "bright_black"}
TITLE_WIDTH: Final = 28


@app.command()
def doctor(
    stage: Annotated[str | None, typer.Option(help="A stage in AWS; the local stack when not given.")] = None,
    only: Annotated[list[str] | None, typer.Option("--only", help="Only this check; may be repeated.")] = None,
    prove: Annotated[
        bool, typer.Option("--prove", help="Also send pictures through the stage, and remove them again.")
    ] = False,
    project: Annotated[
        str | None, typer.Option("--project", "-p", help="With --prove: the project that takes the pictures.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Examine a deployed stage: permissions, CORS, events, keys, DNS, clock, versions; reading alone changes nothing.

    Each line says what was seen; what is wrong is followed by what to do. Exits with 1 when something is wrong or could
    not be looked at. `--prove` sends pictures through the stage as a user does, with the token of `foveal login`.
    """
    from foveal.operations.doctor.checks import CHECKS
    from foveal.operations.doctor.examination import examine

    started, report = time.monotonic(), _Report(Output(as_json=as_json))
    deployment = target.deployment(stage)
    report.heading(deployment)
    for check, findings in examine(deployment, _chosen(CHECKS, only)):
        report.add(check, findings)
    if prove:
        from foveal.cli.session import open_project
        from foveal.operations.doctor.proofs import prove_all

        with open_project(project, deployment.api_url) as opened:
            for check, findings in prove_all(deployment, opened, only):
                report.add(check, findings)
    report.end(time.monotonic() - started)


def _chosen(checks: "Sequence[Check]", only: list[str] | None) -> "Sequence[Check]":
    return checks if only is None else [check for check in checks if check.name in only]


class _Report:
    """Lines of an examination: a check with its findings in one line each, advice below."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._counts: Counter[str] = Counter()
        self._bad = 0

    def heading(self, deployment: "Deployment") -> None:
        if self._output.is_terminal:
            console().print(f"[bold]{escaped(deployment.stack)}[/]\n")

    def add(self, check: "Check", findings: "Sequence[Finding]") -> None:
        for finding in findings:
            self._counts[finding.state] += 1
            self._bad += finding.is_bad
            if self._output.as_json:
                members = {"check": check.name, "state": finding.state, "seen": finding.seen, "advice": finding.advice}
                self._output.json(members)
        if not self._output.as_json:
            self._lines(check, findings)

    def _lines(self, check: "Check", findings: "Sequence[Finding]") -> None:
        fine = [each for each in findings if each.state in ("ok", "skipped")]
        wrong = [each for each in findings if each not in fine]
        if fine and not wrong:
            state = "ok" if any(each.state == "ok" for each in fine) else "skipped"
            self._line(state, check.title, "; ".join(each.seen for each in fine))
        for number, finding in enumerate(wrong):
            self._line(finding.state, "" if number else check.title, finding.seen)
            if finding.advice:
                self._advice(finding.advice)

    def _line(self, state: str, title: str, text: str) -> None:
        if self._output.is_terminal:
            style = STYLES[state]
            console().print(
                f"[{style}]{MARKS[state]}[/] {escaped(title):<{TITLE_WIDTH}}"
                f"[{'bright_black' if state in ('ok', 'skipped') else style}]{escaped(text)}[/]",
                soft_wrap=True,
            )
        else:
            self._output.line(state, title, text)

    def _advice(self, text: str) -> None:
        if self._output.is_terminal:
            console().print(f"  {'':<{TITLE_WIDTH}}→ {escaped(text)}", soft_wrap=True)
        else:
            self._output.line("", "", f"→ {text}")

    def end(self, seconds: float) -> None:
        """Print the counts, and leave with 1 where somebody has to act."""
        words = ", ".join(f"{count} {state}" for state, count in sorted(self._counts.items()))
        self._output.say(f"{words} ({seconds:.0f} s)")
        if self._output.as_json:
            self._output.json({"summary": dict(self._counts), "seconds": round(seconds, 1)})
        raise typer.Exit(1 if self._bad else 0)
