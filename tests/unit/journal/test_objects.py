"""Objects of the journal: what goes in comes out with its types, and any change is noticed."""

import bson
import pytest
from bson import Decimal128, Int64, ObjectId
from hypothesis import given
from hypothesis import strategies as st

from foveal.journal.errors import Damaged
from foveal.journal.objects import Builder, opened

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**31), 2**31 - 1)
    | st.integers(-(2**63), 2**63 - 1).map(Int64)
    | st.floats(allow_nan=False)
    | st.text(max_size=8).filter(lambda text: "\x00" not in text)
    | st.binary(max_size=8)
    | st.binary(min_size=12, max_size=12).map(ObjectId)
    | st.just(Decimal128("0.10")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "0"]), inner, max_size=3),
    max_leaves=8,
)
DOCUMENTS = st.lists(st.dictionaries(st.sampled_from(["_id", "x", "y"]), VALUES, max_size=3), max_size=5)


def sealed(documents: list[dict[str, object]]) -> bytes:
    builder = Builder()
    for each in documents:
        builder.add(bson.encode(each))
    return builder.sealed({"kind": "segment"})


@given(DOCUMENTS)
def test_object_gives_its_documents_back_byte_for_byte(documents: list[dict[str, object]]) -> None:
    found = opened("catalog/1", sealed(documents), "")
    assert [bytes(each.raw) for each in found.documents()] == [bson.encode(each) for each in documents]
    assert found.header["documents"] == len(documents)


@given(DOCUMENTS, st.data())
def test_object_is_damaged_or_as_it_was_when_bytes_are_cut_or_changed(
    documents: list[dict[str, object]], data: st.DataObject
) -> None:
    whole = sealed(documents)
    place = data.draw(st.integers(0, len(whole) - 1))
    cut = whole[:place]
    with pytest.raises(Damaged, match="catalog/1 is damaged"):
        opened("catalog/1", cut, "")
    body_begins = len(whole) - data.draw(st.integers(1, 8))
    changed = bytearray(whole)
    changed[body_begins] ^= 1
    with pytest.raises(Damaged):
        opened("catalog/1", bytes(changed), "")
