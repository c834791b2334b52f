"""Outcomes of batches: handled, again, or a problem for the caller."""

import json
import runpy
from pathlib import Path
from typing import Any, cast

import pytest
from aws_lambda_powertools import Logger

from foveal.errors import NoSuchAsset, Unrenderable
from foveal.render.batch import failed_messages, rendered
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

    def make_requested(self, asset_id: str, query: dict[str, str]) -> str:
        outcome = self._outcomes[asset_id]
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
    assert rendered(renderer, {"asset_id": "good", "query": {"variant": "strip"}}) == {"key": "derived/strip"}
    problem = rendered(renderer, {"asset_id": "broken", "query": {}})["problem"]
    assert (problem["code"], problem["status"], problem["detail"]) == ("Unrenderable", 422, "no picture")


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
