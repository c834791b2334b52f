"""Page tokens: each belongs to one query."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveal.access.page_tokens import Position, Tokens
from foveal.errors import InvalidRequest

TOKENS = Tokens.of(b"key", "uploads", "zoo", "open")
INSTANTS = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001
    lambda each: each.replace(microsecond=each.microsecond // 1000 * 1000, tzinfo=UTC)
)


@given(st.none() | st.integers() | st.text() | INSTANTS, st.text())
def test_position_comes_back_when_its_token_is_read(value: object, id: str) -> None:
    assert TOKENS.read(TOKENS.sign(Position(value, id))) == Position(value, id)


@pytest.mark.parametrize(
    "parts", [("uploads", "zoo", "failed"), ("uploads", "farm", "open"), ("assets", "zoo", "open")]
)
def test_token_is_refused_when_it_belongs_to_another_query(parts: tuple[str, ...]) -> None:
    with pytest.raises(InvalidRequest, match="start again"):
        Tokens.of(b"key", *parts).read(TOKENS.sign(Position(None, "a")))


@pytest.mark.parametrize("junk", ["!", " ", "\n", "é", "="])
def test_token_is_refused_when_it_holds_characters_outside_of_base64(junk: str) -> None:
    token = TOKENS.sign(Position(None, "a"))
    with pytest.raises(InvalidRequest, match="start again"):
        TOKENS.read(f"{token[:4]}{junk}{token[4:]}")


def test_token_is_refused_in_any_other_form_of_the_same_bytes() -> None:
    """Base64 has several texts of some bytes: with padding, and with other unused bits in the last character."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    tokens = [TOKENS.sign(Position(None, "a" * length)) for length in range(1, 4)]
    others = [token[:-1] + alphabet[alphabet.index(token[-1]) ^ 1] for token in tokens if len(token) % 4]
    padded = [token + "=" * (-len(token) % 4) for token in tokens if len(token) % 4]
    assert others
    for other in [*others, *padded]:
        with pytest.raises(InvalidRequest, match="start again"):
            TOKENS.read(other)
