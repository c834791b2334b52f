"""Calls of JSON services: request, signature, errors."""

import json

import pytest

from foveal.aws import errors, functions, rest_json
from foveal.aws.endpoints import service_endpoint
from foveal.aws.sqs import send_messages
from foveal.http.protocol import HttpResponse
from tests.unit.aws.scripted_server import Answer, serving

QUEUE = "https://sqs.eu-central-1.amazonaws.com/111122223333/queue"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setattr("random.uniform", lambda *_: 0.0)


def test_rest_call_is_signed_for_its_service_and_path(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Answer(200, b"{}")) as script:
        monkeypatch.setenv("AWS_ENDPOINT_URL", script.url)
        rest_json.call("s3vectors", "QueryVectors", "/QueryVectors", {"topK": 1})
    ((method, path, headers, body),) = script.asked
    assert (method, path, body) == ("POST", "/QueryVectors", b'{"topK": 1}')
    assert headers["Content-Type"] == "application/json"
    assert "/eu-west-1/s3vectors/aws4_request" in headers["Authorization"]


def test_target_call_names_its_operation_and_json_version(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Answer(200, b'{"a": 1}')) as script:
        monkeypatch.setenv("AWS_ENDPOINT_URL", script.url)
        output = rest_json.call_target("sqs", "AmazonSQS.SendMessageBatch", {}, region="eu-north-1", json_version="1.0")
    ((method, path, headers, _),) = script.asked
    assert (output, method, path) == ({"a": 1}, "POST", "/")
    assert (headers["X-Amz-Target"], headers["Content-Type"]) == (
        "AmazonSQS.SendMessageBatch",
        "application/x-amz-json-1.0",
    )
    assert "/eu-north-1/sqs/aws4_request" in headers["Authorization"]


def test_call_is_retried_when_the_service_throttles(monkeypatch: pytest.MonkeyPatch) -> None:
    throttled = Answer(400, b"{}", {"x-amzn-errortype": "ThrottlingException:http://internal.amazon.com/"})
    with serving(throttled, Answer(200, b"{}")) as script:
        monkeypatch.setenv("AWS_ENDPOINT_URL", script.url)
        rest_json.call("s3vectors", "PutVectors", "/PutVectors", {})
    assert len(script.asked) == 2


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        ({"x-amzn-errortype": "FooError"}, b"", "FooError"),
        ({"x-amzn-errortype": "FooError:http://internal.amazon.com/coral/com.amazon.coral.validate/"}, b"", "FooError"),
        ({"x-amzn-errortype": "aws.protocoltests.restjson#FooError:http://internal.amazon.com/#x"}, b"{}", "FooError"),
        ({}, b'{"__type": "com.amazonaws#FooError", "message": "no"}', "FooError"),
        ({}, b'{"__type": "FooError"}', "FooError"),
        ({}, b"<html>", ""),
        ({}, b"[]", ""),
    ],
)
def test_error_code_is_found_in_header_or_body(headers: dict[str, str], body: bytes, code: str) -> None:
    assert rest_json.error_code(HttpResponse(400, headers, body)) == code
    assert rest_json.error_code(HttpResponse(200, headers, body)) == ""


def test_endpoint_of_s3_vectors_is_below_api_aws() -> None:
    assert service_endpoint("s3vectors", "eu-central-1").url == "https://s3vectors.eu-central-1.api.aws"
    assert service_endpoint("sqs", "eu-central-1").url == "https://sqs.eu-central-1.amazonaws.com"


def test_function_output_is_returned_when_it_is_invoked(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Answer(200, b'{"url": "x"}')) as script:
        monkeypatch.setenv("AWS_ENDPOINT_URL", script.url)
        assert functions.invoke("render", {"n": 1}) == {"url": "x"}
    ((_, path, headers, body),) = script.asked
    assert (path, json.loads(body)) == ("/2015-03-31/functions/render/invocations", {"n": 1})
    assert headers["X-Amz-Invocation-Type"] == "RequestResponse"


def test_function_is_queued_when_it_is_invoked_asynchronously(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Answer(202)) as script:
        monkeypatch.setenv("AWS_ENDPOINT_URL", script.url)
        functions.invoke_async("render", {})
    assert script.asked[0][2]["X-Amz-Invocation-Type"] == "Event"


def test_function_failed_is_raised_when_the_function_ends_with_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Answer(200, b"{}", {"X-Amz-Function-Error": "Unhandled"})) as script:
        monkeypatch.setenv("AWS_ENDPOINT_URL", script.url)
        with pytest.raises(functions.FunctionFailed, match="Unhandled"):
            functions.invoke("render", {})


def test_resource_not_found_is_raised_when_the_function_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    absent = Answer(404, b"{}", {"x-amzn-errortype": "ResourceNotFoundException"})
    with serving(absent) as script:
        monkeypatch.setenv("AWS_ENDPOINT_URL", script.url)
        with pytest.raises(errors.ResourceNotFound):
            functions.invoke("render", {})


def test_messages_are_sent_in_batches_of_ten_to_the_region_of_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Answer(200, b'{"Failed": []}')) as script:
        monkeypatch.setenv("AWS_ENDPOINT_URL", script.url)
        send_messages(QUEUE, ["x"] * 12)
    assert [len(json.loads(body)["Entries"]) for *_, body in script.asked] == [10, 2]
    assert "/eu-central-1/sqs/" in script.asked[0][2]["Authorization"]


def test_error_is_raised_when_sqs_rejects_a_message_of_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Answer(200, b'{"Failed": [{"Id": "0", "Code": "InternalError"}]}')) as script:
        monkeypatch.setenv("AWS_ENDPOINT_URL", script.url)
        with pytest.raises(errors.AwsError, match="SendMessageBatch: InternalError"):
            send_messages(QUEUE, ["x"])
