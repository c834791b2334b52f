"""Begin and PATCH accept the same tags, attributes and file names."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from foveal.catalog.asset_edits import AssetPatch
from foveal.delivery.downloads import DownloadsRequest
from foveal.uploads.begin import payload_hash
from foveal.uploads.requests import UploadItem

FILE = {"file_name": "a.jpg", "content_type": "image/jpeg", "size_bytes": 1}
SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**64), 2**64) | st.floats() | st.text(max_size=8) | st.just("x" * 1025)
)
NAMES = st.text(max_size=8) | st.sampled_from(["a b", "Größe", "x" * 64, "x" * 65, "$where", "a.b", "1", "a\x00"])
TEXTS = st.text(max_size=8) | st.sampled_from(["x" * size for size in (128, 129, 256, 257, 1024, 1025)])
FIELDS = st.one_of(
    st.fixed_dictionaries({"tags": st.lists(TEXTS, max_size=3) | st.lists(st.just("a"), min_size=99, max_size=102)}),
    st.fixed_dictionaries({"attributes": st.dictionaries(NAMES, SCALARS | st.lists(SCALARS, max_size=3), max_size=3)}),
    st.fixed_dictionaries({"file_name": TEXTS}),
)


def accepts(model: type[BaseModel], value: Any) -> bool:
    try:
        model.model_validate(value)
    except ValidationError:
        return False
    return True


@given(FIELDS)
def test_fields_are_accepted_by_begin_exactly_when_patch_accepts_them(fields: dict[str, Any]) -> None:
    assert accepts(UploadItem, {**FILE, **fields}) == accepts(AssetPatch, fields)


@pytest.mark.parametrize(("value", "is_accepted"), [(-(2**63), True), (-(2**63) - 1, False), (2**63 - 1, True)])
def test_integer_is_accepted_when_64_bits_hold_it(value: int, is_accepted: bool) -> None:
    assert accepts(UploadItem, {**FILE, "attributes": {"a": value}}) == is_accepted


def test_payload_hash_stays_that_of_earlier_versions_when_tags_repeat_and_attributes_are_null() -> None:
    sent = {"tags": ["b", "a", "b"], "attributes": {"z": None, "n": 1, "f": 1.0, "t": True, "s": "x"}}
    item = UploadItem.model_validate({**FILE, "size_bytes": 5, **sent, "metadata": {"k": "v"}, "idempotency_key": "k"})
    # Written by the version before tags, attributes and file names had one vocabulary.
    assert payload_hash(item, "key:k") == "5e9f886ab255a626eb8a0158584dcc69e4901178644ca3a5f6a619f0cade5e39"


@pytest.mark.parametrize("seconds", ["60", 60.0, True])
def test_lifetime_of_downloads_is_refused_when_it_is_not_an_integer(seconds: Any) -> None:
    assert not accepts(DownloadsRequest, {"asset_ids": ["a"], "expires_in_seconds": seconds})
