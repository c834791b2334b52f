"""Calls as values: URL, headers, body, and what a response answers."""

import json
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveal.client.calls import ABSENT, Call, result
from foveal.client.errors import APIError

TEXT = st.text(st.characters(codec="utf-8"), min_size=1)


@given(TEXT, TEXT)
def test_values_come_back_from_the_url_and_cannot_change_its_path(name: str, token: str) -> None:
    call = Call("GET", "/v1/projects/{project}/views/{name}", {"project": "zoo", "name": name}, {"next_token": token})
    parts = urlsplit("https://api.example" + call.target)
    assert parts.path.count("/") == 5
    assert unquote(parts.path.rpartition("/")[2]) == name
    assert parse_qsl(parts.query, keep_blank_values=True) == [("next_token", token)]


def test_absent_values_are_not_sent_and_none_is_null() -> None:
    call = Call(
        "POST", "/v1/x", query={"a": ABSENT, "b": True}, headers={"If-Match": ABSENT}, body={"c": None, "d": ABSENT}
    )
    assert call.target == "/v1/x?b=true"
    assert call.sent_headers == {"content-type": "application/json"}
    assert json.loads(call.content or b"") == {"c": None}


def test_body_is_refused_when_json_has_no_such_number() -> None:
    with pytest.raises(ValueError, match="JSON"):
        _ = Call("POST", "/v1/x", body={"confidence": float("nan")}).content


@pytest.mark.parametrize(
    ("call", "is_repeatable"),
    [
        (Call("GET", "/v1/assets/{asset_id}"), True),
        (Call("PUT", "/v1/projects/{project}/views/{name}"), True),
        (Call("DELETE", "/v1/uploads/{upload_id}"), True),
        (Call("PATCH", "/v1/assets/{asset_id}"), False),
        (Call("POST", "/v1/projects/{project}/assets/search"), True),
        (Call("POST", "/v1/assets/{asset_id}/annotations"), False),
        (Call("POST", "/v1/projects/{project}/uploads", body={"uploads": [{"idempotency_key": "1"}]}), True),
        (Call("POST", "/v1/projects/{project}/uploads", body={"uploads": [{"idempotency_key": "1"}, {}]}), False),
    ],
)
def test_call_is_repeatable_only_when_twice_is_the_same_as_once(call: Call, is_repeatable: bool) -> None:
    assert call.is_repeatable is is_repeatable


@pytest.mark.parametrize(
    ("headers", "content", "answer"),
    [
        ({"content-type": "application/json"}, b'{"a": 1}', {"a": 1}),
        ({"content-type": "text/plain; charset=utf-8"}, "ä".encode(), "ä"),
        ({}, b"", None),
    ],
)
def test_answer_is_json_text_or_nothing(headers: dict[str, str], content: bytes, answer: Any) -> None:
    assert result(200, headers, content) == answer


def test_answer_of_a_redirect_is_its_address() -> None:
    assert result(302, {"location": "https://cdn.example/a"}, b"") == "https://cdn.example/a"


def test_problem_is_an_error_with_code_status_detail_and_request_id() -> None:
    problem = {"code": "NoSuchAsset", "detail": "There is no such asset.", "request_id": "r-1", "status": 404}
    with pytest.raises(APIError, match=r"There is no such asset\. \(NoSuchAsset, HTTP 404, request r-1\)") as caught:
        result(404, {"content-type": "application/problem+json"}, json.dumps(problem).encode())
    assert (caught.value.code, caught.value.status, caught.value.request_id) == ("NoSuchAsset", 404, "r-1")


@pytest.mark.parametrize("kind", ["text/html", "application/json", ""])
def test_page_of_a_proxy_is_an_error_that_shows_its_text(kind: str) -> None:
    with pytest.raises(APIError, match="Bad gateway") as caught:
        result(502, {"content-type": kind}, b"<h1>Bad gateway</h1>")
    assert caught.value.code == "HTTP502"


@pytest.mark.parametrize(("kind", "content"), [("text/html", b"<h1>Sign in</h1>"), ("application/json", b"Sign in")])
def test_page_in_place_of_the_answer_is_an_error_that_shows_its_text(kind: str, content: bytes) -> None:
    with pytest.raises(APIError, match="Sign in") as caught:
        result(200, {"content-type": kind}, content)
    assert caught.value.code == "HTTP200"
