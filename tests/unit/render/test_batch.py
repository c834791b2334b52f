"""Outcomes of batches: handled, again, or a problem for the caller."""

import json
import runpy
from pathlib import Path
from typing import Any, cast

import pytest
from aws_lambda_powertools import Logger

from foveal.errors import NoSuchAsset, Unrenderable
from foveal.render import batch
from foveal.render.batch import failed_messages, rendered
from foveal.render.isolation import limits
from foveal.render.renderer import Renderer
from foveal.settings import MissingSetting

HANDLER = Path(__file__).parents[3] / "functions/render/handler.py"
LOGGER = Logger(service="test")


class Outcomes:
    """A renderer with one outcome for each asset: keys, or an error to raise."""

    def __init__(self, **outcomes: Any) -> None:
        self._outcomes = outcomes

    def make_automatic(self, asset_id: str) -> list[str]:
        return [self.make_requested(asset_id, {})]

    def make_requested(self, asset_id: str, query: dict[str, str], patience_seconds: float | None = None) -> str:
        outcome = self._outcomes[asset_id]
        if outcome == "patience":
            return str(patience_seconds)
        if isinstance(outcome, Exception):
            raise outcome
        return f"{outcome}{query.get('variant', '')}"


def outcomes(**given: Any) -> Renderer:
    return cast(Renderer, Outcomes(**given))


def record(asset_id: str) -> dict[str, Any]:
    return {"messageId": f"of {asset_id}", "body": json.dumps({"detail": {"asset_id": asset_id}})}


def test_messages_are_delivered_again_when_an_error_may_pass_and_not_for_problems() -> None:
    renderer = outcomes(good="key", broken=Unrenderable("no"), gone=NoSuchAsset("no"), cut=ConnectionError("reset"))
    records = [record(asset_id) for asset_id in ("cut", "good", "broken", "gone")]
    assert failed_messages(renderer, records, LOGGER) == ["of cut"]


def test_request_is_answered_with_its_key_or_its_problem() -> None:
    renderer = outcomes(good="derived/", broken=Unrenderable("no picture"))
    requests = [{"asset_id": "good", "query": {"variant": "strip"}}, {"asset_id": "broken", "query": {}}]
    good, broken = rendered(renderer, requests, LOGGER)
    assert good == {"key": "derived/strip"}
    problem = broken["problem"]
    assert (problem["code"], problem["status"], problem["detail"]) == ("Unrenderable", 422, "no picture")


def test_request_is_limited_in_time_when_its_caller_waits() -> None:
    renderer = outcomes(asset="patience")
    requests: list[dict[str, Any]] = [
        {"asset_id": "asset", "query": {}, "waits": True},
        {"asset_id": "asset", "query": {}},
    ]
    assert rendered(renderer, requests, LOGGER) == [{"key": str(limits.MAX_PATIENCE_SECONDS)}, {"key": "None"}]


def test_unexpected_error_is_that_of_its_request_alone() -> None:
    renderer = outcomes(good="derived/", poison=ZeroDivisionError())
    answers = rendered(renderer, [{"asset_id": each, "query": {}} for each in ("good", "poison", "good")], LOGGER)
    assert [each.get("key") for each in answers] == ["derived/", None, "derived/"]
    assert answers[1]["problem"]["code"] == "InternalError"


def test_rest_of_a_batch_is_left_to_another_attempt_when_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "MAX_BATCH_SECONDS", -1)
    (answer,) = rendered(outcomes(good="key"), [{"asset_id": "good", "query": {}}], LOGGER)
    assert answer["problem"]["code"] == "ServiceUnavailable"


def test_only_its_own_message_is_delivered_again_when_a_record_cannot_be_read() -> None:
    records = [{"messageId": "of nothing", "body": "{}"}, record("good")]
    assert failed_messages(outcomes(good="key"), records, LOGGER) == ["of nothing"]


@pytest.mark.parametrize("missing", ["MEDIA_BUCKET", "RENDITIONS", "MONGODB_DATABASE"])
def test_start_of_the_function_fails_by_name_when_a_setting_is_missing(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    settings = {"MEDIA_BUCKET": "b", "RENDITIONS": "{}", "MONGODB_DATABASE": "d", "MONGODB_URI": "mongodb://127.0.0.1"}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    runpy.run_path(str(HANDLER))
    monkeypatch.delenv(missing)
    with pytest.raises(MissingSetting, match=missing):
        runpy.run_path(str(HANDLER))
