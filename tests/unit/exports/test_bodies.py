"""Stored annotations as writers of formats take them: their order."""

import random
from typing import Any, cast

import pytest

from foveal.catalog.annotations.rasters.mask_objects import MaskStore
from foveal.exports.bodies import annotations_of

NO_MASKS = cast("MaskStore", None)


def stored(pointer: str | None) -> dict[str, Any]:
    """Return an annotation of an import, or one that was made here for None."""
    number = random.randrange(10**9)
    origin = {"origin": {"import_id": "i", "format": "coco", "pointer": pointer, "record": "{}"}} if pointer else {}
    return {"_id": f"{number:032x}@zoo", "type": "classification", "label": "cat", **origin}


@pytest.mark.parametrize(
    "pointers",
    [
        ["/annotations/9", "/annotations/10", "/annotations/100"],
        ["a1.txt#L2", "a1.txt#L11", "a2.txt#L1", "a10.txt#L1"],
        ["1-2", "1²2", "1²10"],
    ],
)
def test_annotations_of_an_import_come_by_the_numbers_of_their_pointers(pointers: list[str]) -> None:
    given = [stored(each) for each in (None, *pointers)]
    random.shuffle(given)
    found = annotations_of("a.jpg", given, NO_MASKS, "coco")
    assert [each.pointer for each in found[:-1]] == pointers
    assert found[-1].is_edited
    assert not any(each.is_edited for each in found[:-1])
