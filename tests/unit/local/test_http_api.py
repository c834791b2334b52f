"""Patches of MiniStack's HTTP APIs: throttling, failed functions, claims, access logs."""

import json

from local.ministack_patches.http_api import Answer, TokenBucket, access_line, as_gateway_answers, as_gateway_claims


def test_burst_is_admitted_and_then_throttled() -> None:
    bucket = TokenBucket(rate=0.001, burst=3)

    assert [bucket.take() for _ in range(5)] == [True, True, True, False, False]


def test_failed_function_is_answered_as_api_gateway_does() -> None:
    failed = (502, {"Access-Control-Allow-Origin": "*"}, b'{"errorType": "KeyError", "errorMessage": "secret"}')

    status, headers, body = as_gateway_answers(failed)

    assert (status, body) == (500, b'{"message":"Internal Server Error"}')
    assert headers["Access-Control-Allow-Origin"] == "*"


def test_answer_of_a_function_is_unchanged() -> None:
    answer: Answer = (502, {}, b"upstream")

    assert as_gateway_answers(answer) is answer


def test_access_log_line_stays_json_whatever_the_values() -> None:
    line = access_line('{"path":"$context.path","error":"$context.error.message"}', {"path": 'a"b\\'})

    assert json.loads(line) == {"path": 'a"b\\', "error": "-"}


def test_claims_are_texts_and_a_list_is_its_entries_with_spaces() -> None:
    claims = {
        "sub": "ann",
        "exp": 1_800_000_000,
        "cognito:groups": ["zoo:editor", "lab:viewer"],
        "email_verified": True,
    }

    assert as_gateway_claims(claims) == {
        "sub": "ann",
        "exp": "1800000000",
        "cognito:groups": "[zoo:editor lab:viewer]",
        "email_verified": "true",
    }
