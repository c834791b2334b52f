"""Examination without a stage: errors in the way of a check, and proofs that the documents name."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from foveal.operations.doctor.checks.api import absence
from foveal.operations.doctor.deployment import Deployment
from foveal.operations.doctor.examination import Check, findings_of
from foveal.operations.doctor.findings import Finding, State, ok
from foveal.operations.doctor.proofs import PROOFS

UNPROVEN = Path(__file__).parents[3] / "docs" / "unproven-on-aws.md"


def _no_client(service: str) -> Any:
    raise AssertionError(service)


def _deployment(*, is_local: bool = False) -> Deployment:
    return Deployment("Foveal-test", "CREATE_COMPLETE", {}, {}, _no_client, is_local=is_local)


def _refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "GetBucketPolicy")


@pytest.mark.parametrize(
    ("error", "is_local", "state", "words"),
    [
        (_refused("AccessDenied"), False, State.UNKNOWN, "GetBucketPolicy is denied"),
        (_refused("InvalidAction"), True, State.SKIPPED, "the emulator has no GetBucketPolicy"),
        (_refused("InvalidAction"), False, State.UNKNOWN, "InvalidAction"),
        (EndpointConnectionError(endpoint_url="https://s3.example"), False, State.UNKNOWN, "s3.example"),
        (KeyError("BucketName"), False, State.UNKNOWN, "BucketName"),
    ],
)
def test_error_in_the_way_of_a_check_is_a_finding_behind_those_before_it(
    error: Exception, is_local: bool, state: State, words: str
) -> None:
    def look(_: Deployment) -> Iterator[Finding]:
        yield ok("first")
        raise error

    first, last = findings_of(Check("x", "X", look), _deployment(is_local=is_local))
    assert first == ok("first")
    assert last.state is state
    assert words in last.seen


def test_host_that_dns_does_not_know_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    found = absence("api.example.com")
    assert found is not None
    assert "api.example.com is not in DNS" in found.seen


def test_each_proof_stands_in_the_table_of_the_unproven_and_each_name_there_is_a_proof() -> None:
    named = {
        name
        for line in UNPROVEN.read_text().splitlines()
        for group in re.findall(r"`foveal doctor --prove` \(([a-z, -]+)\)", line)
        for name in group.split(", ")
    }
    assert named == {name for name, _, _ in PROOFS}
