"""Credentials of roles: requested once, renewed before they end, refused with the code of STS."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from foveal.aws import sts
from foveal.aws.errors import AccessDenied
from foveal.aws.sts import RoleCredentials
from foveal.http.protocol import HttpRequest, HttpResponse

ROLE = "arn:aws:iam::444455556666:role/foveal-reads"


class Answers:
    """STS as a pool of connections: `life` is that of the sessions, `status` that of the answers."""

    def __init__(self, life: timedelta = timedelta(hours=1), status: int = 200) -> None:
        self.life, self.status, self.requests = life, status, list[HttpRequest]()

    def send(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        if self.status != 200:
            text = '<ErrorResponse xmlns="x"><Error><Code>AccessDenied</Code></Error></ErrorResponse>'
            return HttpResponse(self.status, {}, text.encode())
        ends = (datetime.now(UTC) + self.life).strftime("%Y-%m-%dT%H:%M:%SZ")
        text = (
            '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>'
            f"<AccessKeyId>A{len(self.requests)}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
            f"<SessionToken>t</SessionToken><Expiration>{ends}</Expiration>"
            "</Credentials></AssumeRoleResult></AssumeRoleResponse>"
        )
        return HttpResponse(200, {}, text.encode())


def answering(monkeypatch: pytest.MonkeyPatch, answers: Answers) -> Answers:
    for name, value in {"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "s", "AWS_REGION": "eu-west-1"}.items():
        monkeypatch.setenv(name, value)
    pool: Any = answers
    monkeypatch.setattr(sts, "connection_pool", lambda *_: pool)
    return answers


def test_role_is_assumed_once_while_its_session_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = answering(monkeypatch, Answers())
    role = RoleCredentials(ROLE, "foveal", "foveal-prod")
    assert (role().access_key, role().access_key, role().token) == ("A1", "A1", "t")
    (request,) = answers.requests
    sent = parse_qs(request.body.decode())
    assert (sent["Action"], sent["RoleArn"], sent["ExternalId"]) == (["AssumeRole"], [ROLE], ["foveal-prod"])


def test_role_is_assumed_again_before_its_session_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, Answers(life=timedelta(minutes=9)))
    role = RoleCredentials(ROLE, "foveal")
    assert (role().access_key, role().access_key) == ("A1", "A2")


def test_role_that_may_not_be_assumed_is_told_by_the_code_of_sts(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, Answers(status=403))
    with pytest.raises(AccessDenied) as refused:
        RoleCredentials(ROLE, "foveal")()
    assert (refused.value.operation, refused.value.code) == ("AssumeRole", "AccessDenied")
