"""Tokens in paths: good for one purpose, for a while, and only as they were made."""

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveal.access.path_tokens import seal, unseal
from foveal.errors import AccessDenied, ExpiredTicket

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=15)


@given(st.lists(st.text(max_size=50), max_size=4))
def test_claims_come_back_when_the_token_is_as_it_was_made(claims: list[str]) -> None:
    assert unseal("secret", "uppy", seal("secret", "uppy", claims, LATER), NOW) == claims


@given(st.integers(0, 200), st.characters(min_codepoint=33, max_codepoint=126))
def test_token_is_refused_when_one_character_is_changed(place: int, character: str) -> None:
    token = seal("secret", "uppy", ["upload", "complete"], LATER)
    place %= len(token)
    changed = token[:place] + character + token[place + 1 :]
    if changed == token:
        return
    # The last character of base64 has bits that mean nothing, so another one may spell the same bytes.
    with contextlib.suppress(AccessDenied):
        assert unseal("secret", "uppy", changed, NOW) == ["upload", "complete"]


@pytest.mark.parametrize("token", ["", ".", "a.b", "!!.!!", "a", "é.é", "." * 50, "W10.W10"])
def test_token_is_refused_when_it_was_not_made_here(token: str) -> None:
    with pytest.raises(AccessDenied):
        unseal("secret", "uppy", token, NOW)


def test_token_is_refused_when_it_was_made_for_another_purpose_or_by_another_secret() -> None:
    token = seal("secret", "companion", ["zoo", "ann"], LATER)
    for secret, purpose in (("secret", "uppy"), ("other", "companion")):
        with pytest.raises(AccessDenied):
            unseal(secret, purpose, token, NOW)


def test_token_is_refused_when_its_time_is_over() -> None:
    token = seal("secret", "uppy", [], LATER)
    assert unseal("secret", "uppy", token, LATER - timedelta(seconds=1)) == []
    with pytest.raises(ExpiredTicket):
        unseal("secret", "uppy", token, LATER)
