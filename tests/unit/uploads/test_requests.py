"""The forms of what a client may declare."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveal.uploads.requests import DIGESTS, Checksum

BYTES = {"crc32": 4, "crc32c": 4, "crc64nvme": 8, "sha256": 32}


@given(st.sampled_from(sorted(BYTES)), st.data())
def test_checksum_is_well_formed_when_it_is_the_base64_of_its_algorithm(algorithm: str, data: st.DataObject) -> None:
    digest = data.draw(st.binary(min_size=BYTES[algorithm], max_size=BYTES[algorithm]))
    value = base64.b64encode(digest).decode()
    assert Checksum.model_validate({"algorithm": algorithm, "value": value}).is_well_formed()


@given(st.sampled_from(sorted(BYTES)), st.one_of(st.text(max_size=60), st.text("AQgw+/=b", min_size=8, max_size=44)))
def test_checksum_is_malformed_when_it_is_anything_else(algorithm: str, value: str) -> None:
    try:
        digest = base64.b64decode(value, validate=True)
        is_digest = len(digest) == BYTES[algorithm] and base64.b64encode(digest).decode() == value
    except ValueError:
        is_digest = False
    assert (DIGESTS[algorithm].fullmatch(value) is not None) == is_digest


@pytest.mark.parametrize("value", ["AAAAAB==", "AAAAAA==\n", "AAAAAA", "AAAA"])
def test_checksum_is_malformed_when_bits_are_left_over(value: str) -> None:
    assert not Checksum.model_validate({"algorithm": "crc32", "value": value}).is_well_formed()
