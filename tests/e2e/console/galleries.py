"""Projects full of assets for the tests of the gallery, and pages of the hosted console that show them."""

import datetime as dt
import json
import os
import random
import secrets
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pymongo
from playwright.sync_api import Browser, Page, Route

from foveal.catalog import label_counters
from local.deployment import demo
from tests.e2e.console.served import OTHER_TAB
from tests.e2e.stack import Caller, Stack

NEWEST: Final = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
SHOWN: Final = "[role=gridcell] img[data-shown]"
"""Pictures that a gallery shows."""
LABELS: Final = ("person", "car", "boat", "bicycle")


def assets(stack: Stack) -> Any:
    """Return the collection of assets in the stack's own database."""
    client: Any = pymongo.MongoClient(stack.values["mongodb_uri"], directConnection=True)
    return client[stack.values["mongodb_database"]].assets


def filled(stack: Stack, count: int, days: int = 900) -> tuple[str, Caller]:
    """Make a project of `count` assets that share the bytes of a few photos; returns its name and an editor.

    Assets have tags and a time of their own, every third a position; one in a hundred has failed, one is quarantined,
    one being read.
    """
    project = f"gallery-{secrets.token_hex(4)}"
    caller = stack.caller(f"{project}:editor", "empty-one:editor", "empty-two:viewer")
    rng = random.Random(count)
    found = assets(stack)
    models = [found.find_one({"_id": each}) for each in _photos(caller, project)]
    documents = []
    for number in range(count):
        at = NEWEST - dt.timedelta(days=days * rng.random(), milliseconds=rng.randrange(10**6))
        documents.append(
            {
                **rng.choice(models),
                "_id": str(uuid.UUID(int=uuid.uuid4().int & ~(0xF << 76) | 7 << 76)),
                "file_name": f"cam-{number:06}.jpg",
                "created_at": at,
                "updated_at": at,
                "captured_at": at,
                "tags": [rng.choice(["night", "day", "fog"]), f"drive-{rng.randrange(40):02}"],
                **_state(number),
                **_place(number),
            }
        )
    for start in range(0, count, 10_000):
        found.insert_many(documents[start : start + 10_000], ordered=False)
    label_counters.count_in(found.database, project, count)  # as `sweep` has long done in a project of that size
    return project, caller


def _photos(caller: Caller, project: str) -> list[str]:
    """Upload the sample photos, and return the ids of the ready assets."""
    tickets = []
    for path in sorted(demo.SAMPLES.glob("*.jpg")):
        content = path.read_bytes()
        ticket = caller.begin(project, content, path.name)
        assert caller.put(ticket, content).status_code == 200
        tickets.append(ticket["asset_id"])
    return [caller.ready(each)["asset_id"] for each in tickets]


def _place(number: int) -> dict[str, Any]:
    if number % 3:
        return {}
    return {"location": {"type": "Point", "coordinates": [number % 360 - 180, number % 120 - 60]}}


def _state(number: int) -> dict[str, Any]:
    if number == 1:
        return {"status": "quarantined", "reason": "active_content", "reason_detail": "The SVG file holds a script."}
    if number == 2:
        return {"status": "pending"}
    if number % 100 == 50:
        return {"status": "failed", "reason": "truncated", "reason_detail": "The file ends after 1,024 bytes."}
    return {"status": "ready"}


def annotated(caller: Caller, project: str, count: int) -> int:
    """Give `count` assets persons and cars of two layers; returns how many assets have a person of 0.2 to 0.5."""
    rng = random.Random(7)
    found = caller.call("POST", f"/v1/projects/{project}/assets/search", {"limit": count, "fields": ["tags"]}).json()
    operations, unsure = [], 0
    for asset in found["items"]:
        confidence = round(rng.uniform(0.05, 0.95), 2)
        unsure += 0.2 <= confidence <= 0.5 and "night" in asset["tags"]
        box = [rng.uniform(0, 0.5), rng.uniform(0, 0.5), 0.3, 0.4]
        for layer, label, score in (("yolo12", "person", confidence), ("ground_truth", rng.choice(LABELS), None)):
            annotation: dict[str, Any] = {"type": "detection", "field": layer, "label": label, "bbox": box}
            if score is not None:
                annotation["confidence"] = score
            operations.append({"op": "create", "asset_id": asset["asset_id"], "annotation": annotation})
    answer = caller.call("POST", f"/v1/projects/{project}/annotations/bulk", {"operations": operations})
    assert answer.status_code == 200, answer.text
    return unsure


@contextmanager
def opened(
    browser: Browser,
    stack: Stack,
    caller: Caller,
    path: str,
    *,
    stub: Callable[[Route], None] | None = None,
    **options: Any,
) -> Iterator[Page]:
    """Open a path of the hosted console; another tab of the caller is signed in. Errors of the page fail the test.

    `stub` answers the API's part; FOVEAL_CONSOLE_ADDRESS names a server of another build, for work on the console.
    """
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, "locale": "en", **options})
    tokens = {"accessToken": caller.token, "name": "Ada", "expiresAt": 10**14}
    context.add_init_script(OTHER_TAB % json.dumps(tokens))
    page = context.new_page()
    if stub:
        page.route("**/v1/**", stub)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    hosted = f"{stack.values['cdn_url']}/console/"
    page.goto(os.environ.get("FOVEAL_CONSOLE_ADDRESS", hosted) + path)
    try:
        yield page
        assert errors == []
    finally:
        context.close()


def shot(page: Page, name: str, folder: Path) -> None:
    """Keep a picture of the page in the test's folder, or where FOVEAL_SCREENSHOTS says."""
    page.screenshot(path=Path(os.environ.get("FOVEAL_SCREENSHOTS") or folder) / f"{name}.png")
