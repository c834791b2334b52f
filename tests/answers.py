"""Checks of every answer against its route's declaration; `tests/conftest.py` turns them on for every test."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter

from foveal.api.documentation import Documentation, Parameter, documentation_of
from foveal.api.gateway import Api, Route
from foveal.api.openapi import problems_of

Payload = dict[str, Any]
Call = Callable[[Api, Mapping[str, Any], object], Payload]
_EVERY_ANSWER_HAS = frozenset({"cache-control", "content-type", "retry-after"})
_adapters: dict[tuple[str, int], TypeAdapter[Any]] = {}
_INSTANT = re.compile(r'"\w+_at":"(\d{4}-\d\d-\d\dT[^"]*)"')
_MILLISECONDS = re.compile(r"[\d-]{10}T[\d:]{8}\.\d{3}Z")
_PROBLEM = "https://foveal.dev/problems/"


def checked(call: Call) -> Call:
    """Return `Api.__call__` with a check of what it returns. Routes that tests make for themselves go unchecked."""

    def call_and_check(api: Api, event: Mapping[str, Any], context: object) -> Payload:
        payload = call(api, event, context)
        key = str(event.get("routeKey", ""))
        route = api.routes.get(key)
        if route is not None and route.__module__.startswith("foveal."):
            check_answer(key, route, payload)
        return payload

    return call_and_check


def check_answer(key: str, route: Route, payload: Payload) -> None:
    """Fail for an answer that its route does not declare: another shape, status, problem or header."""
    documentation, status, text = documentation_of(route), payload["statusCode"], str(payload.get("body", ""))
    if status >= 400:
        codes = {problem.__name__ for problem in problems_of(key, documentation)}
        assert _code(text) in codes, f"{key} does not document {text}"
        return
    assert status in documentation.successes, f"{key} does not document the status {status}"
    _check_headers(key, documentation, payload)
    if documentation.successes[status] is not None:
        if (key, status) not in _adapters:
            _adapters[key, status] = TypeAdapter(documentation.successes[status])
        _adapters[key, status].validate_json(text)
        codes = {problem.__name__ for problem in documentation.item_problems}
        loose = [found[0] for found in _INSTANT.finditer(text) if not _MILLISECONDS.fullmatch(found[1])]
        assert not loose, f"{key} sends instants that are not in UTC with milliseconds: {loose}"
        undocumented = set(_item_codes(json.loads(text))) - codes
        assert not undocumented, f"{key} does not document {undocumented} in its items"
    else:
        assert not text or documentation.content_type, f"{key} documents no body, and sends {text[:200]}"


def _check_headers(key: str, documentation: Documentation, payload: Payload) -> None:
    declared = documentation.response_headers
    sent = {*payload["headers"], *(["set-cookie"] if payload.get("cookies") else [])}
    required = {name for name, each in declared.items() if not isinstance(each, Parameter) or each.is_required}
    assert required <= sent, f"{key} documents {required}, and sends {sent}"
    undeclared = sent - declared.keys() - _EVERY_ANSWER_HAS
    assert not undeclared, f"{key} does not document {undeclared}"


def _code(text: str) -> str:
    """Return the code of a problem: a problem document, or an error as S3 words it."""
    found = re.search("<Code>(.*?)</Code>", text)
    return found[1] if found else str(json.loads(text)["code"])


def _item_codes(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if str(value.get("type", "")).startswith(_PROBLEM):
            yield value["code"]
            return
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _item_codes(each)
