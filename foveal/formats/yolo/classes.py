"""Classes of a YOLO data set: a name for each class number, as text."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from foveal.formats.base.model.items import FileWarning, Label

MAX_CLASSES: Final = 100_000
MAX_NAME: Final = 256
FORMAT_NAME: Final = "yolo"
_UNUSABLE: Final = re.compile("[\0\ud800-\udfff]")


class Classes:
    """Names by number. Without a list of names every number from 0 is a class that is named by its number."""

    def __init__(
        self,
        names: Mapping[int, str] | None,
        count: int | None = None,
        skeletons: Mapping[int, Sequence[str]] | None = None,
        flip: Sequence[int] | None = None,
        where: str = "",
    ) -> None:
        self._stated, self._where = names, where
        if names is None and count is not None:
            names = {number: str(number) for number in range(count)}
        self._names = None if names is None else {number: _usable(names[number], number) for number in sorted(names)}
        self._skeletons, self._flip = skeletons or {}, flip
        self._numbers: dict[str, list[int]] = {}
        for number, name in (self._names or {}).items():
            self._numbers.setdefault(name, []).append(number)
        self._seen: set[int] = set()

    def labels(self) -> Iterator[Label | FileWarning]:
        """Yield the classes that the data set states; classes of one name are one label with several numbers."""
        for name, numbers in self._numbers.items():
            yield self._label(name, numbers)
            if len(numbers) > 1:
                yield FileWarning("name_twice", f"Classes {numbers} are all named {name!r}.", self._where)
        for number, name in (self._stated or {}).items():
            if _usable(name, number) != name:
                yield FileWarning(
                    "unusable_name",
                    f"Class {number} has no name that can be used: it is named by its number.",
                    self._where,
                )

    @property
    def names(self) -> Mapping[int, str] | None:
        """Names by number, None where the data set names none."""
        return self._names

    def has(self, name: str) -> bool:
        """Tell whether a class of the data set has this name."""
        return name in self._numbers

    def name_of(self, number: int) -> str:
        """Return the name of a class. Raises ValueError for a class that the data set does not have."""
        if number < 0:
            raise ValueError(f"class {number} is negative")
        if self._names is None:
            if number >= MAX_CLASSES:
                raise ValueError(f"class {number} is larger than any class number in use")
            return str(number)
        if number not in self._names:
            raise ValueError(f"class {number} is not among the {len(self._names)} classes of the data set")
        return self._names[number]

    def unstated(self, number: int) -> Label | None:
        """Return the label of a class that the data set does not name, at its first use."""
        if self._names is not None or number in self._seen:
            return None
        self._seen.add(number)
        return self._label(str(number), [number])

    def ambiguity(self, name: str, number: int) -> dict[str, Any]:
        """Return the number of a class where its name does not say it."""
        return {"class": number} if len(self._numbers.get(name, ())) > 1 else {}

    def keypoint_names(self, number: int, count: int) -> Sequence[str]:
        """Return the names of the keypoints of a class; their numbers where they have none."""
        names = self._skeletons.get(number, ())
        if len(names) == count and len(set(names)) == count and all(0 < len(name) <= MAX_NAME for name in names):
            return names
        return [str(position) for position in range(count)]

    def _label(self, name: str, numbers: Sequence[int]) -> Label:
        names = self._skeletons.get(numbers[0])
        skeleton = {"names": self.keypoint_names(numbers[0], len(names)), "edges": []} if names else None
        pointer = f"{self._where}#/names/{numbers[0]}" if self._where else None
        extra = {"flip_idx": list(self._flip)} if self._flip and skeleton else {}
        return Label(name, {FORMAT_NAME: list(numbers)}, skeleton=skeleton, extra=extra, pointer=pointer)


def _usable(name: str, number: int) -> str:
    return name if 0 < len(name) <= MAX_NAME and not _UNUSABLE.search(name) else str(number)
