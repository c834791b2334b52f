"""Retries: a call that may have been carried out is sent again only when twice is the same as once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveal.client.calls import Call
from foveal.client.retries import RetryPolicy

READ, WRITE = Call("GET", "/v1/assets/{asset_id}"), Call("PATCH", "/v1/assets/{asset_id}")


@pytest.mark.parametrize("status", [429, 503])
def test_refused_call_is_tried_again_whatever_it_does(status: int) -> None:
    assert RetryPolicy().wait_after_status(WRITE, 0, status, None) is not None


@pytest.mark.parametrize("status", [408, 500, 502, 504])
def test_unknown_outcome_is_tried_again_only_when_the_call_is_repeatable(status: int) -> None:
    assert RetryPolicy().wait_after_status(READ, 0, status, None) is not None
    assert RetryPolicy().wait_after_status(WRITE, 0, status, None) is None


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 409, 412, 422, 428])
def test_final_answer_stands(status: int) -> None:
    assert RetryPolicy().wait_after_status(READ, 0, status, None) is None


def test_failed_connection_is_tried_again_and_a_lost_response_only_when_repeatable() -> None:
    policy = RetryPolicy()
    assert policy.wait_after_error(WRITE, 0, was_sent=False) is not None
    assert policy.wait_after_error(WRITE, 0, was_sent=True) is None
    assert policy.wait_after_error(READ, 0, was_sent=True) is not None


def test_retries_end_at_their_limit() -> None:
    policy = RetryPolicy(max_retries=2)
    waits = [policy.wait_after_status(READ, made, 503, None) is not None for made in range(4)]
    assert waits == [True, True, False, False]


@given(st.integers(0, 3), st.floats(0, 1))
def test_wait_is_a_share_of_a_doubling_span(retries: int, share: float) -> None:
    policy = RetryPolicy(base_seconds=0.5, max_seconds=3, chance=lambda: share)
    assert policy.wait_after_error(READ, retries, was_sent=False) == share * min(3, 0.5 * 2**retries)


def test_retry_after_is_waited_for_and_two_minutes_are_the_most() -> None:
    policy = RetryPolicy(chance=lambda: 0.0)
    assert policy.wait_after_status(READ, 0, 429, "7") == 7
    assert policy.wait_after_status(READ, 0, 429, "Wed, 21 Oct 2026 07:28:00 GMT") == 0
    assert policy.wait_after_status(READ, 0, 429, "3600") is None
