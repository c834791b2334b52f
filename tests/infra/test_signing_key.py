"""The custom resource makes one key pair for a secret, and answers CloudFormation whatever happens."""

import importlib.util
import json
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from moto import mock_aws

HANDLER = Path(__file__).parents[2] / "functions/signing_key/handler.py"
CONTEXT = SimpleNamespace(log_stream_name="stream")


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The function's module, with a Secrets Manager of its own."""
    for name, value in {
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "POWERTOOLS_SERVICE_NAME": "signing_key",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    specification = importlib.util.spec_from_file_location("signing_key_handler", HANDLER)
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    with mock_aws():
        yield module


@pytest.fixture
def secret_arn(handler: ModuleType) -> str:
    """A secret without a value, as the template makes it."""
    return str(boto3.client("secretsmanager").create_secret(Name="signing")["ARN"])


@pytest.fixture
def answers() -> Iterator[tuple[str, Sequence[dict[str, Any]]]]:
    """Where CloudFormation waits: an address, and what was put there."""
    received: list[dict[str, Any]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            received.append({**body, "content-type": self.headers["content-type"]})
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/answer", received
        server.shutdown()
        thread.join()


def event(url: str, secret_arn: str, kind: str = "Create", algorithm: str = "ecdsa-p256") -> dict[str, Any]:
    return {
        "RequestType": kind,
        "ResponseURL": url,
        "StackId": "stack",
        "RequestId": "request",
        "LogicalResourceId": "KeyPair1",
        **({} if kind == "Create" else {"PhysicalResourceId": secret_arn}),
        "ResourceProperties": {"ServiceToken": "token", "SecretArn": secret_arn, "Algorithm": algorithm},
    }


def private_key(secret_arn: str) -> str:
    return str(boto3.client("secretsmanager").get_secret_value(SecretId=secret_arn)["SecretString"])


@pytest.mark.parametrize(
    ("algorithm", "kind"), [("ecdsa-p256", ec.EllipticCurvePublicKey), ("rsa-2048", rsa.RSAPublicKey)]
)
def test_answer_holds_the_public_half_of_a_new_key(
    handler: ModuleType, secret_arn: str, answers: Any, algorithm: str, kind: type
) -> None:
    url, received = answers
    handler.handler(event(url, secret_arn, algorithm=algorithm), CONTEXT)
    (answer,) = received
    assert answer["Status"] == "SUCCESS"
    assert (answer["StackId"], answer["RequestId"], answer["LogicalResourceId"]) == ("stack", "request", "KeyPair1")
    public = load_pem_public_key(answer["Data"]["PublicKey"].encode())
    assert isinstance(public, kind)
    kept = load_pem_private_key(private_key(secret_arn).encode(), password=None)
    assert kept.public_key() == public
    assert "PRIVATE" not in json.dumps(answer)


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_key_stays_when_the_request_is_repeated(handler: ModuleType, secret_arn: str, answers: Any, kind: str) -> None:
    url, received = answers
    handler.handler(event(url, secret_arn), CONTEXT)
    handler.handler(event(url, secret_arn, kind), CONTEXT)
    first, second = received
    assert first["Data"] == second["Data"]
    assert first["PhysicalResourceId"] == second["PhysicalResourceId"] == secret_arn


def test_secret_without_a_key_gets_one(handler: ModuleType, secret_arn: str, answers: Any) -> None:
    boto3.client("secretsmanager").put_secret_value(SecretId=secret_arn, SecretString="x9")
    url, received = answers
    handler.handler(event(url, secret_arn), CONTEXT)
    assert received[0]["Status"] == "SUCCESS"
    assert private_key(secret_arn).startswith("-----BEGIN PRIVATE KEY-----")


def test_key_of_a_generation_stays_when_the_algorithm_changes(
    handler: ModuleType, secret_arn: str, answers: Any
) -> None:
    url, received = answers
    handler.handler(event(url, secret_arn), CONTEXT)
    before = private_key(secret_arn)
    handler.handler(event(url, secret_arn, "Update", "rsa-2048"), CONTEXT)
    assert received[1]["Data"] == received[0]["Data"]
    assert private_key(secret_arn) == before


def test_failure_is_answered_to_cloudformation(handler: ModuleType, answers: Any) -> None:
    url, received = answers
    missing = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:missing-AbCdEf"
    handler.handler(event(url, missing), CONTEXT)
    assert received[0]["Status"] == "FAILED"
    assert received[0]["Reason"]


def test_deletion_of_the_custom_resource_leaves_the_secret(handler: ModuleType, secret_arn: str, answers: Any) -> None:
    url, received = answers
    handler.handler(event(url, secret_arn), CONTEXT)
    before = private_key(secret_arn)
    handler.handler(event(url, secret_arn, "Delete"), CONTEXT)
    assert received[1]["Status"] == "SUCCESS"
    assert private_key(secret_arn) == before


def test_logs_hold_neither_key_nor_response_url(
    handler: ModuleType, secret_arn: str, answers: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    url, _ = answers
    handler.handler(event(url, secret_arn), CONTEXT)
    logged = capsys.readouterr()
    assert "BEGIN" not in logged.out + logged.err
    assert url not in logged.out + logged.err
