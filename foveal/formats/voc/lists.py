"""Lists of `ImageSets/Main`: the images of a split, a line each, and `<class>_<split>.txt` with a class of each.

A class line says 1 (the image shows the class), 0 (only difficult objects of it), or -1 (verified: it does not). What
an image does not show is a classification of confidence 0 in a layer of its own, so that no search finds it.
"""

import json
import re
from collections.abc import Collection, Iterator
from typing import Any, Final

from foveal.formats.base.files.grouping import Groups
from foveal.formats.base.files.source import Source, pointer, read_text
from foveal.formats.base.model.items import FileWarning, Item, Section
from foveal.formats.voc.layout import LISTS

ABSENT_LAYER: Final = "verified_absent"
UNION: Final = "trainval"
_VALUE: Final = re.compile(r"\s-?[01]\s*$")
_PARTS: Final = ("train", "val")


def absent() -> dict[str, Any]:
    """Return the members of a classification that says that the image does not show the class."""
    return {"field": ABSENT_LAYER, "confidence": 0}


def read_lists(source: Source, lists: Groups) -> Iterator[Item]:
    """Read the lists into groups by image: the place of a line, and None or the class, the value and the line.

    A list of `trainval` repeats those of `train` and `val`, and is read only where they are not there.
    """
    found = {name: match for name in source.names() if (match := LISTS.search(name))}
    tasks = {match[1] for match in found.values()}
    for name, match in found.items():
        text = read_text(source, name, keep_mark=True)
        yield Section(name, text)
        if match[1] != "Main" and "Main" in tasks:
            yield FileWarning("list_not_read", f"{name} is kept as it is: only lists of Main are read.", name)
            continue
        has_values = is_class_list(text)
        if has_values and match[1] != "Main":
            yield FileWarning("list_not_read", f"{name} is kept as it is: only lists of Main are read.", name)
        elif not has_values or not is_union(name, found):
            label = match[2].rpartition("_")[0] or match[2]
            for number, identifier, value, line in list_lines(text, has_values=has_values):
                row = json.dumps([label, value, line]) if has_values else None
                lists.add(identifier, pointer(source, name, f"L{number}"), row)


def list_lines(text: str, *, has_values: bool) -> Iterator[tuple[int, str, str, str]]:
    """Yield number, image, value and text of the lines of a list; the value is empty in a list of a split."""
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        plain = line.strip()
        if plain and has_values:
            identifier, _, value = plain.rpartition(" ") if " " in plain else (plain, "", "")
            yield number, identifier.strip() or plain, value, line
        elif plain:
            yield number, plain, "", line


def is_class_list(text: str) -> bool:
    """Tell whether most lines of a list end in -1, 0 or 1."""
    lines = [line for line in text.splitlines() if line.strip()]
    return 2 * sum(1 for line in lines if _VALUE.search(line)) > len(lines)


def is_union(name: str, found: Collection[str]) -> bool:
    """Tell whether a list of classes of `trainval` repeats two others."""
    start, separator, _ = name.rpartition(f"_{UNION}.txt")
    return bool(separator) and all(f"{start}_{each}.txt" in found for each in _PARTS)
