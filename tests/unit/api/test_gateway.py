"""The HTTP boundary: every answer is JSON or a problem document, whatever a route does."""

import base64
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from aws_lambda_powertools import Logger
from pydantic import BaseModel
from pymongo.errors import ExecutionTimeout, ServerSelectionTimeoutError

from foveal.api.gateway import Api, Request, Response
from foveal.catalog.search.search import Search
from foveal.errors import IdempotencyConflict, InvalidRequest, NoSuchAsset
from foveal.settings import AccessSettings
from foveal.validation.models import validated
from tests.gateway import NO_BODY, gateway_event

ACCESS = AccessSettings("cognito:groups", "foveal/", "arn:secret")
KEY = "POST /v1/things/{thing}"


class Thing(BaseModel):
    name: str
    count: int = 0


def event(body: str | None = None, **changes: Any) -> dict[str, Any]:
    return {**gateway_event(KEY, {"thing": "t1"}, NO_BODY if body is None else body), **changes}


def answer(route: Callable[[Request], Response], sent: dict[str, Any] | None = None) -> tuple[int, Any, dict[str, str]]:
    api = Api(Logger(service="test"), lambda: ACCESS)
    api.route(KEY)(route)
    reply = api(sent or event(), None)
    return reply["statusCode"], json.loads(reply["body"]) if "body" in reply else None, reply["headers"]


def test_body_arrives_as_the_model_when_it_is_valid() -> None:
    status, body, headers = answer(
        lambda request: Response(request.parse(Thing), 201), event('{"name": "a", "count": 3}')
    )
    assert (status, body, headers["content-type"]) == (201, {"name": "a", "count": 3}, "application/json")


def test_body_is_decoded_when_the_gateway_sends_it_in_base64() -> None:
    encoded = base64.b64encode('{"name": "é"}'.encode()).decode()
    _, body, _ = answer(lambda request: Response(request.json()), event(encoded, isBase64Encoded=True))
    assert body == {"name": "é"}


@pytest.mark.parametrize(
    "body", ["", "{", "NaN", '{"a": Infinity}', "[" * 5000, '{"name": "\\ud800"}', '{"a": ' + "9" * 5000 + "}"]
)
def test_answer_is_400_when_the_body_is_not_strict_json(body: str) -> None:
    status, problem, headers = answer(lambda request: Response(request.json()), event(body))
    assert (status, problem["code"], headers["content-type"]) == (400, "InvalidRequest", "application/problem+json")


def test_wrong_fields_are_each_named_when_the_body_does_not_fit_the_model() -> None:
    status, problem, _ = answer(lambda request: Response(request.parse(Thing)), event('{"count": "many"}'))
    assert status == 400
    assert {error["field"] for error in problem["errors"]} == {"name", "count"}


def test_problem_carries_code_detail_extensions_and_request_id_when_a_route_raises_one() -> None:
    def route(request: Request) -> Response:
        raise IdempotencyConflict("That key was used for another file.", item=3)

    status, problem, _ = answer(route)
    assert status == 409
    assert problem["code"] == "IdempotencyConflict"
    assert problem["detail"] == problem["message"] == problem["error"] == "That key was used for another file."
    assert (problem["item"], problem["request_id"]) == (3, "request-1")


@pytest.mark.parametrize(
    ("raised", "status", "code"),
    [
        (NoSuchAsset("There is no such asset."), 404, "NoSuchAsset"),
        (ServerSelectionTimeoutError("mongodb://user:secret@host"), 503, "ServiceUnavailable"),
        (ExecutionTimeout("slow"), 422, "QueryTooExpensive"),
        (KeyError("secret"), 500, "InternalError"),
    ],
)
def test_answer_tells_nothing_of_the_inside_when_something_fails(raised: Exception, status: int, code: str) -> None:
    def route(request: Request) -> Response:
        raise raised

    got, problem, headers = answer(route)
    assert (got, problem["code"]) == (status, code)
    assert "secret" not in json.dumps(problem)
    assert ("retry-after" in headers) == (status == 503)


def test_caller_is_refused_when_the_event_has_no_claims() -> None:
    status, problem, _ = answer(lambda request: Response(request.caller.subject))
    assert (status, problem["code"]) == (401, "Unauthenticated")


def test_request_line_of_the_log_holds_no_body_header_or_path() -> None:
    stream = io.StringIO()
    api = Api(Logger(service="log-test", stream=stream), lambda: ACCESS)
    api.route(KEY)(lambda request: Response(request.json()))
    api(event('{"name": "private"}', headers={"authorization": "Bearer private"}, rawPath="/v1/things/private"), None)
    line = json.loads(stream.getvalue())
    assert (line["route"], line["status"], line["correlation_id"]) == (KEY, 200, "request-1")
    assert "private" not in json.dumps(line)


def test_custom_validation_messages_have_no_pydantic_prefix() -> None:
    with pytest.raises(InvalidRequest, match=r"^sort: must be one of"):
        validated(Search, {"sort": "width"})


def test_answer_is_a_problem_when_it_cannot_be_written_as_json() -> None:
    status, body, headers = answer(lambda _: Response({"number": float("inf")}))
    assert (status, body["code"], headers["content-type"]) == (500, "InternalError", "application/problem+json")
