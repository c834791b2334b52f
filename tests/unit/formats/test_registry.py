"""Names of formats: one list, with and without their modules."""

import pytest

from foveal.formats.base.model.items import FormatError
from foveal.formats.base.model.names import ALIASES, NAMES, plain_name
from foveal.formats.registry import MODULES


def test_every_name_has_a_module() -> None:
    assert tuple(MODULES) == NAMES
    assert set(ALIASES.values()) <= set(NAMES)


def test_name_is_found_by_its_alias_in_any_spelling() -> None:
    assert [plain_name(each) for each in ("COCO", "Pascal-VOC", "label studio")] == ["coco", "voc", "label_studio"]
    with pytest.raises(FormatError, match="take one of coco"):
        plain_name("tfrecord")
