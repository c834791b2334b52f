"""Class numbers of a data set that is written: those that its labels have in YOLO, else the next free."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from foveal.formats.base.model.items import Label
from foveal.formats.yolo.classes import FORMAT_NAME

MAX_NUMBER: Final = 100_000
"""Larger numbers are given anew: `data.yaml` names every class up to the largest."""


class Numbering:
    """Numbers by label, and names by number without gaps."""

    def __init__(self, labels: Sequence[Label], used: Iterable[str]) -> None:
        self._numbers: dict[str, list[int]] = {}
        self.stated: dict[int, str] = {}
        for label in labels:
            for number in label.external_ids.get(FORMAT_NAME, ()):
                if isinstance(number, int) and 0 <= number < MAX_NUMBER and number not in self.stated:
                    self.stated[number] = label.name
                    self._numbers.setdefault(label.name, []).append(number)
        self.names, free = dict(self.stated), 0
        for name in dict.fromkeys([*(label.name for label in labels), *used]):
            if name not in self._numbers:
                while free in self.names:
                    free += 1
                self.names[free] = name
                self._numbers[name] = [free]
        self.gaps = [number for number in range(max(self.names, default=-1) + 1) if number not in self.names]

    def of(self, body: Mapping[str, Any]) -> int:
        """Return the number of an annotation's label: of several the one that its row had."""
        numbers = self._numbers[body["label"]]
        had = (body.get("extra") or {}).get("class")
        return had if had in numbers else numbers[0]

    def all_names(self) -> list[str]:
        """Return the names in order of their numbers; numbers that no label has are named by themselves."""
        return [self.names.get(number, str(number)) for number in range(len(self.names) + len(self.gaps))]
