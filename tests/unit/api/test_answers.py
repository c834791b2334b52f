"""The check of answers against declarations, which every test that calls a route stands on."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from foveal.api.documentation import Page, Parameter, ProblemDocument, documented
from foveal.api.gateway import Request, Response, Route
from foveal.errors import NoSuchAsset, RenditionNotReady
from tests.answers import check_answer

JSON = {"content-type": "application/json"}


def route(**declaration: Any) -> Route:
    def answered(_request: Request) -> Response:
        raise NotImplementedError

    return documented(**declaration)(answered)


def payload(body: str = "", status: int = 200, headers: Mapping[str, str] = JSON) -> dict[str, Any]:
    return {"statusCode": status, "headers": dict(headers), "body": body}


def test_answer_passes_when_it_is_as_declared() -> None:
    check_answer("GET a", route(answer=Page[int]), payload('{"items": [1], "next_token": null}'))
    check_answer("GET b", route(status=204), payload(status=204))
    check_answer("GET c", route(problems=(NoSuchAsset,)), payload('{"code": "NoSuchAsset"}', 404))


@pytest.mark.parametrize(
    ("declaration", "sent"),
    [
        ({"answer": Page[int]}, payload('{"items": ["x"], "next_token": null}')),
        ({"answer": Page[int]}, payload('{"items": [], "next_token": null, "more": 1}')),
        ({"answer": Page[int]}, payload('{"items": [], "next_token": null}', 201)),
        ({}, payload("{}")),
        ({}, payload('{"code": "NoSuchAsset"}', 404)),
        ({"content_type": "application/xml"}, payload("<Error><Code>NoSuchAsset</Code></Error>", 404)),
        ({"response_headers": {"etag": "The tag"}}, payload()),
        ({"response_headers": {"etag": Parameter("The tag")}}, payload(headers={"x-new": "1"})),
    ],
)
def test_answer_fails_when_its_route_does_not_declare_it(declaration: dict[str, Any], sent: dict[str, Any]) -> None:
    # A key for each case: an adapter is kept for each route and status.
    with pytest.raises((AssertionError, ValueError)):
        check_answer(f"GET {declaration} {sent}", route(**declaration), sent)


def test_problem_in_an_answer_fails_when_the_route_does_not_declare_it_for_items() -> None:
    item = RenditionNotReady("It is being made.").document()
    text = json.dumps([{"problem": item}])
    declared = {"answer": list[dict[str, ProblemDocument]]}
    check_answer("GET items", route(**declared, item_problems=(RenditionNotReady,)), payload(text))
    with pytest.raises(AssertionError, match="RenditionNotReady"):
        check_answer("GET items", route(**declared), payload(text))
