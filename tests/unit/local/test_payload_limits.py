"""The local gateway refuses what API Gateway and Lambda refuse for its size."""

import json

import pytest

from local.ministack_patches.payload_limits import MAX_ANSWER_BYTES, MIB, request_refusal, within_limit

JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("body", "is_refused"),
    [(b"x" * 5 * MIB, False), (b"x" * 6 * MIB, True), (b'"' * (3 * MIB + 1), True), (b"x" * (10 * MIB + 1), True)],
)
def test_request_is_refused_when_its_event_passes_six_mebibytes(body: bytes, is_refused: bool) -> None:
    refusal = request_refusal(JSON, body)
    assert (refusal is not None) == is_refused
    if refusal is not None:
        assert (refusal[0], json.loads(refusal[2])) == (413, {"message": "Request Entity Too Large"})


def test_answer_is_a_failure_of_the_function_when_it_passes_six_mebibytes() -> None:
    fits = (200, JSON, b"x" * (MAX_ANSWER_BYTES - 200))
    assert within_limit(fits) == fits
    assert within_limit((204, {}, None)) == (204, {}, None)
    for body in (b"x" * MAX_ANSWER_BYTES, b'"' * (MAX_ANSWER_BYTES // 2), "ü" * (MAX_ANSWER_BYTES // 2)):
        status, _, answer = within_limit((200, JSON, body))
        assert (status, json.loads(answer)) == (500, {"message": "Internal Server Error"})
