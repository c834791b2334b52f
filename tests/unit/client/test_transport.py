"""The client over a transport of its own: retries, tokens, pages; asynchronous and synchronous behave alike."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from foveal.client import APIError, AsyncFoveal, ConfigurationError, Foveal, NetworkError
from foveal.client.retries import RetryPolicy

Answer = Callable[[httpx2.Request], httpx2.Response]
RETRIES = RetryPolicy(chance=lambda: 0.0)


class Api:
    """An API that gives prepared answers in turn, and keeps the requests that it got."""

    def __init__(self, *answers: httpx2.Response | Exception) -> None:
        self.answers, self.requests = list(answers), list[httpx2.Request]()

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def page(items: list[Any], token: str | None = None) -> httpx2.Response:
    return httpx2.Response(200, json={"items": items, "next_token": token})


def problem(code: str, status: int, **headers: str) -> httpx2.Response:
    kind = {"content-type": "application/problem+json"}
    body = json.dumps({"code": code, "detail": "No."})
    return httpx2.Response(status, content=body, headers=kind | headers)


Searcher = Callable[[Api], list[Any]]


def search(api: Api) -> list[Any]:
    with Foveal(
        "https://api.example", "t", retries=RETRIES, http=httpx2.Client(transport=httpx2.MockTransport(api))
    ) as foveal:
        return list(foveal.project("zoo").assets.search({"field": "width", "gte": 10}, page_size=2))


def search_asynchronously(api: Api) -> list[Any]:
    async def run() -> list[Any]:
        http = httpx2.AsyncClient(transport=httpx2.MockTransport(api))
        async with AsyncFoveal("https://api.example", "t", retries=RETRIES, http=http) as foveal:
            return [
                each async for each in foveal.project("zoo").assets.search({"field": "width", "gte": 10}, page_size=2)
            ]

    return asyncio.run(run())


BOTH = pytest.mark.parametrize("search", [search, search_asynchronously])


@BOTH
def test_pages_are_one_sequence(search: Searcher) -> None:
    api = Api(page([1, 2], "next"), page([3]))
    assert search(api) == [1, 2, 3]
    sent = [json.loads(each.content) for each in api.requests]
    assert [each["next_token"] for each in sent] == [None, "next"]
    assert sent[0] == {"filter": {"field": "width", "gte": 10}, "sort": "-created_at", "limit": 2, "next_token": None}
    assert {each.headers["authorization"] for each in api.requests} == {"Bearer t"}
    assert {str(each.url) for each in api.requests} == {"https://api.example/v1/projects/zoo/assets/search"}


@BOTH
def test_call_is_sent_again_when_its_failure_is_temporary(search: Searcher) -> None:
    api = Api(
        problem("ServiceUnavailable", 503), httpx2.ReadTimeout("slow"), httpx2.Response(502, text="<h1>"), page([1])
    )
    assert search(api) == [1]
    assert len(api.requests) == 4


@BOTH
def test_problem_is_raised_at_once_when_it_is_final(search: Searcher) -> None:
    api = Api(problem("NoSuchProject", 404))
    with pytest.raises(APIError, match="NoSuchProject"):
        search(api)
    assert len(api.requests) == 1


@BOTH
def test_redirect_is_an_error_that_names_its_target_when_the_answer_is_none(search: Searcher) -> None:
    api = Api(httpx2.Response(302, headers={"location": "https://sign-in.example/"}))
    with pytest.raises(APIError, match=r"redirected to https://sign-in\.example/") as caught:
        search(api)
    assert caught.value.code == "HTTP302"


@BOTH
def test_network_error_names_the_call_when_no_answer_arrives(search: Searcher) -> None:
    api = Api(*[httpx2.ConnectError("connection refused")] * 5)
    with pytest.raises(
        NetworkError, match=r"POST https://api\.example/v1/projects/zoo/assets/search: connection refused"
    ):
        search(api)
    assert len(api.requests) == 5


def test_write_is_not_sent_again_when_its_response_is_lost() -> None:
    api = Api(httpx2.ReadTimeout("slow"))
    http = httpx2.Client(transport=httpx2.MockTransport(api))
    with Foveal("https://api.example", "t", retries=RETRIES, http=http) as foveal, pytest.raises(NetworkError):
        foveal.api.create_annotation("a-1", annotation={"type": "classification", "field": "f", "label": "lion"})
    assert len(api.requests) == 1


def test_bulk_of_any_size_is_cut_and_its_results_stay_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("foveal.client._sync.annotations.MAX_OPERATIONS_A_CALL", 2)

    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, json={"results": json.loads(request.content)["operations"]})

    operations: list[Any] = [{"number": number} for number in range(5)]
    with Foveal("https://api.example", "t", http=httpx2.Client(transport=httpx2.MockTransport(answer))) as foveal:
        assert list(foveal.project("zoo").annotations.bulk(iter(operations))) == operations


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "TOKEN_URL": "https://issuer.example/token",
        "CLIENT_ID": "me",
        "CLIENT_SECRET": "s",
        "SCOPE": "x",
    }.items():
        monkeypatch.setenv(f"FOVEAL_{name}", value)
    monkeypatch.delenv("FOVEAL_TOKEN", raising=False)


@pytest.mark.usefixtures("machine")
def test_token_of_a_machine_is_fetched_once_and_renewed_when_the_api_refuses_it() -> None:
    def token(text: str) -> httpx2.Response:
        return httpx2.Response(200, json={"access_token": text, "expires_in": 3600})

    api = Api(token("one"), page([1], "n"), problem("Unauthorized", 401), token("two"), page([2]))
    with Foveal(
        "https://api.example", retries=RETRIES, http=httpx2.Client(transport=httpx2.MockTransport(api))
    ) as foveal:
        found: list[Any] = list(foveal.project("zoo").assets.search())
    assert found == [1, 2]
    sent = [each.headers.get("authorization") for each in api.requests]
    assert sent[1:3] == ["Bearer one", "Bearer one"]
    assert sent[4] == "Bearer two"
    assert api.requests[0].content == b"grant_type=client_credentials&scope=x"


@pytest.mark.usefixtures("machine")
def test_token_is_renewed_before_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    token = httpx2.Response(200, json={"access_token": "one", "expires_in": 600})
    api = Api(token, page([1]), token, page([2]))
    with Foveal(
        "https://api.example", retries=RETRIES, http=httpx2.Client(transport=httpx2.MockTransport(api))
    ) as foveal:
        list(foveal.project("zoo").assets.search())
        clock[0] += 541
        list(foveal.project("zoo").assets.search())
    assert [each.url.host for each in api.requests] == ["issuer.example", "api.example"] * 2


@pytest.mark.usefixtures("machine")
def test_failure_of_the_issuer_is_tried_again_when_the_token_is_renewed() -> None:
    token = httpx2.Response(200, json={"access_token": "one"})
    api = Api(token, problem("Unauthorized", 401), httpx2.ConnectError("refused"), token, page([1]))
    with Foveal(
        "https://api.example", retries=RETRIES, http=httpx2.Client(transport=httpx2.MockTransport(api))
    ) as foveal:
        found: list[Any] = list(foveal.project("zoo").assets.search())
    assert found == [1]


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("answer", ['{"id_token": "very-secret"}', "<h1>very-secret</h1>", "[1]"])
def test_answer_without_a_token_is_an_error_that_does_not_repeat_it(answer: str) -> None:
    api = Api(httpx2.Response(200, text=answer))
    with Foveal("https://api.example", http=httpx2.Client(transport=httpx2.MockTransport(api))) as foveal:
        with pytest.raises(APIError, match="without a token") as caught:
            list(foveal.project("zoo").assets.search())
        assert "very-secret" not in str(caught.value)


@pytest.mark.usefixtures("machine")
def test_secret_of_a_machine_is_in_no_text(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOVEAL_CLIENT_SECRET", "very-secret")
    api = Api(httpx2.Response(401, text="invalid_client"))
    with Foveal("https://api.example", http=httpx2.Client(transport=httpx2.MockTransport(api))) as foveal:
        with pytest.raises(APIError, match=r"https://issuer\.example/token gave no token: invalid_client") as caught:
            list(foveal.project("zoo").assets.search())
        assert "very-secret" not in str(caught.value) + repr(foveal._transport.profile)


def test_configuration_error_names_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("API_URL", "TOKEN", "TOKEN_URL", "CLIENT_ID", "CLIENT_SECRET"):
        monkeypatch.delenv(f"FOVEAL_{name}", raising=False)
    with pytest.raises(ConfigurationError, match="FOVEAL_API_URL"):
        Foveal()
    with pytest.raises(ConfigurationError, match="FOVEAL_TOKEN"):
        Foveal("https://api.example")
    monkeypatch.setenv("FOVEAL_CLIENT_ID", "me")
    with pytest.raises(ConfigurationError, match="missing: FOVEAL_TOKEN_URL, FOVEAL_CLIENT_SECRET"):
        Foveal("https://api.example")


def test_raw_call_answers_status_headers_and_value() -> None:
    api = Api(httpx2.Response(200, json={"asset_id": "a 1"}, headers={"etag": '"x"'}))
    http = httpx2.Client(transport=httpx2.MockTransport(api))
    with Foveal("https://api.example", "t", http=http) as foveal:
        answer = foveal.raw("GET", "/v1/assets/{asset_id}", path={"asset_id": "a/1"}, query=[("a", 1), ("a", 2)])
    assert (answer.status, answer.headers["etag"], answer.value) == (200, '"x"', {"asset_id": "a 1"})
    assert str(api.requests[0].url) == "https://api.example/v1/assets/a%2F1?a=1&a=2"


def test_bulk_is_cut_by_bytes_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("foveal.client.batches.MAX_REQUEST_BYTES", 100)
    api = Api(*(httpx2.Response(200, json={"results": []}) for _ in range(3)))
    operations = [{"text": "x" * 60}, {"text": "x" * 60}, {"text": "x" * 300}]
    with Foveal("https://api.example", "t", http=httpx2.Client(transport=httpx2.MockTransport(api))) as foveal:
        list(foveal.project("zoo").annotations.bulk(operations))
    assert [len(json.loads(each.content)["operations"]) for each in api.requests] == [1, 1, 1]
