"""Answers of S3 to a PUT: every status and code has one consequence, for all senders."""

import pytest

from foveal.client.s3_answers import Verdict, judge


def error(code: str, message: str = "") -> str:
    return f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"


@pytest.mark.parametrize(
    ("status", "text", "verdict"),
    [
        (200, "", Verdict.SENT),
        (412, error("PreconditionFailed"), Verdict.SENT),
        (200, "<html>Welcome to our network</html>", Verdict.AGAIN),
        (302, "<html>Please sign in</html>", Verdict.AGAIN),
        (511, "<html>Please sign in</html>", Verdict.AGAIN),
        (403, error("AccessDenied", "Request has expired"), Verdict.EXPIRED),
        (400, error("BadDigest"), Verdict.CHANGED),
        (400, error("XAmzContentChecksumMismatch"), Verdict.CHANGED),
        (400, error("RequestTimeout"), Verdict.AGAIN),
        (400, error("InvalidArgument"), Verdict.REFUSED),
        (404, error("NoSuchBucket"), Verdict.REFUSED),
        (301, error("PermanentRedirect"), Verdict.REFUSED),
        (408, "", Verdict.AGAIN),
        (429, "", Verdict.SLOW_DOWN),
        (503, error("SlowDown"), Verdict.SLOW_DOWN),
        (500, error("InternalError"), Verdict.AGAIN),
        (502, "<h1>Bad gateway</h1>", Verdict.AGAIN),
        (504, "", Verdict.AGAIN),
    ],
)
def test_answer_has_one_consequence(status: int, text: str, verdict: Verdict) -> None:
    assert judge(status, text).verdict is verdict


@pytest.mark.parametrize("status", sorted({*range(400, 500)} - {408, 412, 429, 403}))
def test_other_refusals_are_never_sent_again(status: int) -> None:
    assert judge(status, "").verdict is Verdict.REFUSED


def test_answer_names_the_code_and_the_sentence_of_s3() -> None:
    assert judge(400, error("EntityTooLarge", "Too big")).message == "Too big"
    assert judge(400, error("EntityTooLarge")).code == "EntityTooLarge"
    assert judge(502, "<h1>Bad gateway</h1>").code == "HTTP502"
