"""Report on label files for people: counts, labels, and what was not imported, asked or lost, grouped."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from foveal.cli.output import Column, Output

MAX_EXAMPLES: Final = 3
MAX_KINDS: Final = 1000
"""Sentences that are counted apart; further ones count as FURTHER."""
MAX_ROWS: Final = 20
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
FURTHER: Final = "others: --json has each of them"
LABELS: Final = (
    Column("LABEL", lambda each: each["label"] or "(no label)", style="cyan"),
    Column("TYPE", lambda each: each["type"], width=14),
    Column("ANNOTATIONS", lambda each: f"{each['count']:,}", width=11, is_number=True),
)
TOLD: Final = (
    Column("COUNT", lambda each: f"{each['count']:,}", width=9, is_number=True),
    Column("WHAT", lambda each: each["what"]),
    Column("WHERE", lambda each: each["where"], rank=1),
)


class FileReport:
    """Collects the lines of an inspection or a conversion; `print` shows them."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._told: dict[str, Counter[str]] = defaultdict(Counter)
        self._where: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._alike: dict[tuple[str, str], str] = {}
        """The first sentence of those that differ in their numbers alone."""
        self._questions: dict[str, Mapping[str, Any]] = {}
        self._losses: list[Mapping[str, Any]] = []
        self._summary: Mapping[str, Any] | None = None
        self._error: Mapping[str, Any] | None = None

    @property
    def is_refused(self) -> bool:
        """Tell whether the files were refused."""
        return self._error is not None

    def add(self, line: Mapping[str, Any]) -> None:
        """Take one line."""
        match line["kind"]:
            case "annotation":
                self._counts[line.get("label") or "", line["type"]] += 1
            case "not_imported":
                self._tell("Not imported", line["reason"], line["pointer"])
            case "warning":
                self._tell("Warnings", line["message"], line["where"])
            case "question":
                self._questions.setdefault(line["option"], line)
            case "loss":
                self._losses.append(line)
            case "summary":
                self._summary = line
            case "error":
                self._error = line

    def print(self, output: Output) -> None:
        """Show the report; the reason alone for files that are refused."""
        if self._error is not None:
            output.say(f"Refused: {self._error['message']}")
            return
        counts = [
            {"label": label, "type": type_, "count": count} for (label, type_), count in self._counts.most_common()
        ]
        if counts or self._summary is None or not self._summary["annotations"]:
            output.items(counts, LABELS, empty="No annotations.")
        for heading, told in self._told.items():
            rows = [
                {"count": count, "what": what, "where": ", ".join(self._where[heading, what])}
                for what, count in _most_common(told)
            ]
            _head(output, heading)
            output.items(rows, TOLD, empty="")
        if self._losses:
            _head(output, "The target cannot hold")
            rows = [
                {
                    "count": each["count"],
                    "what": f"{each['field']}: {each['why']}",
                    "where": ", ".join(each["examples"]),
                }
                for each in self._losses
            ]
            output.items(rows, TOLD, empty="")
        for question in self._questions.values():
            _head(output, f"{question['message']} Likely: {question['proposal']}.")
        if self._summary is not None:
            _head(output, *_sentences(self._summary))

    def _tell(self, heading: str, what: str, where: str) -> None:
        told, alike = self._told[heading], (heading, _NUMBER.sub("#", what))
        if len(told) < MAX_KINDS:
            self._alike.setdefault(alike, what)
        what = self._alike.get(alike, FURTHER)
        told[what] += 1
        examples = self._where[heading, what]
        if len(examples) < MAX_EXAMPLES:
            examples.append(where)


def _most_common(told: Counter[str]) -> list[tuple[str, int]]:
    """Return the sentences with their counts, the most frequent first and the sum of the rest last."""
    further = told.pop(FURTHER, 0)
    most = told.most_common(MAX_ROWS)
    further += told.total() - sum(count for _, count in most)
    return [*most, (FURTHER, further)] if further else most


def _head(output: Output, *lines: str) -> None:
    """Say lines with an empty one above."""
    for line in ("", *lines):
        output.say(line)


def _sentences(summary: Mapping[str, Any]) -> list[str]:
    parts = [
        f"{summary['format']}: {summary['records']:,} records, {summary['imported']:,} imported, "
        f"{summary['not_imported']:,} not; {summary['annotations']:,} annotations on {summary['assets']:,} assets "
        f"({summary['labelled_assets']:,} labelled)."
    ]
    if "to" in summary:
        parts.append(f"{summary['to']}: {summary['written']:,} written, {summary['left_out']:,} left out.")
    return parts


def show(lines: Iterable[Mapping[str, Any]], output: Output) -> bool:
    """Print lines as JSON, or a report of them; return whether the files were refused."""
    report = FileReport()
    for line in lines:
        report.add(line)
        if output.as_json:
            output.json(line)
    if not output.as_json:
        report.print(output)
    return report.is_refused
