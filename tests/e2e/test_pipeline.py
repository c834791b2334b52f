"""From S3's event to the event on the bus, through the deployed stack."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from foveal.encoding import ids
from foveal.events import contract
from tests.e2e.stack import PHOTO, Caller, Stack, eventually

SCRIPT = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'


class Listener:
    """A consumer: a queue behind a rule on the bus."""

    def __init__(self, stack: Stack) -> None:
        self._sqs, self._events = stack.aws("sqs"), stack.aws("events")
        self._name, self._bus = f"e2e-{uuid.uuid4().hex[:8]}", stack.values["event_bus"]
        self._queue = self._sqs.create_queue(QueueName=self._name)["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])
        pattern = json.dumps({"source": ["foveal"]})
        self._events.put_rule(Name=self._name, EventBusName=self._bus, EventPattern=pattern)
        target = {"Id": "queue", "Arn": attributes["Attributes"]["QueueArn"]}
        self._events.put_targets(Rule=self._name, EventBusName=self._bus, Targets=[target])
        self._heard: list[dict[str, Any]] = []

    def heard(self, asset_id: str) -> list[str]:
        """Return the detail types that were told of an asset so far; each keeps to the contract."""
        while messages := self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                event = json.loads(message["Body"])
                contract.check(event)
                self._heard.append(event)
                self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
        return [event["detail-type"] for event in self._heard if event["detail"].get("asset_id") == asset_id]

    def waits_for(self, asset_id: str, *detail_types: str) -> None:
        eventually(lambda: self.heard(asset_id) == list(detail_types) or None)

    def close(self) -> None:
        self._events.remove_targets(Rule=self._name, EventBusName=self._bus, Ids=["queue"])
        self._events.delete_rule(Name=self._name, EventBusName=self._bus)
        self._sqs.delete_queue(QueueUrl=self._queue)


@pytest.fixture
def listener(stack: Stack) -> Iterator[Listener]:
    listener = Listener(stack)
    yield listener
    listener.close()


def _status(editor: Caller, asset_id: str) -> str | None:
    answer = editor.call("GET", f"/v1/assets/{asset_id}")
    return str(answer.json()["status"]) if answer.status_code == 200 else None


def _put(editor: Caller, content: bytes = PHOTO, **more: Any) -> str:
    ticket = editor.begin(content=content, **more)
    assert editor.put(ticket, content).status_code == 200
    return str(ticket["asset_id"])


def test_photo_is_announced_as_ready_deleted_and_restored(stack: Stack, editor: Caller, listener: Listener) -> None:
    asset_id = _put(editor)
    listener.waits_for(asset_id, "AssetReady")
    instance = editor.ready(asset_id)["s3"]
    s3, where = stack.aws("s3"), {"Bucket": stack.values["bucket"], "Key": instance["key"]}

    marker = s3.delete_object(**where)["VersionId"]
    listener.waits_for(asset_id, "AssetReady", "AssetDeleted")
    assert _status(editor, asset_id) in ("deleted", None)

    s3.delete_object(**where, VersionId=marker)
    listener.waits_for(asset_id, "AssetReady", "AssetDeleted", "AssetRestored")
    assert editor.ready(asset_id)["s3"]["version_id"] == instance["version_id"]


def test_active_content_is_quarantined_and_the_tag_starts_nothing(
    stack: Stack, editor: Caller, listener: Listener
) -> None:
    asset_id = _put(editor, SCRIPT, name="drawing.jpg")
    listener.waits_for(asset_id, "AssetQuarantined")
    instance = editor.call("GET", f"/v1/assets/{asset_id}").json()
    assert (instance["status"], instance["reason"]) == ("quarantined", "active_content")
    where = {"Bucket": stack.values["bucket"], "Key": instance["s3"]["key"], "VersionId": instance["s3"]["version_id"]}
    assert stack.aws("s3").get_object_tagging(**where)["TagSet"] == [{"Key": "foveal-status", "Value": "quarantined"}]
    later = _put(editor)
    listener.waits_for(later, "AssetReady")
    assert listener.heard(asset_id) == ["AssetQuarantined"]


def test_archived_object_is_announced_as_failed_and_after_its_restore_as_ready(
    stack: Stack, editor: Caller, listener: Listener
) -> None:
    key = f"media/demo/archive/{uuid.uuid4()}.jpg"
    s3, where = stack.aws("s3"), {"Bucket": stack.values["bucket"], "Key": key}
    s3.put_object(**where, Body=PHOTO, ContentType="image/jpeg", StorageClass="DEEP_ARCHIVE")
    asset_id = ids.adopted_id(stack.values["bucket"], key)
    listener.waits_for(asset_id, "AssetFailed")
    assert editor.call("GET", f"/v1/assets/{asset_id}").json()["reason"] == "archived"
    s3.restore_object(**where, RestoreRequest={"Days": 1, "GlacierJobParameters": {"Tier": "Bulk"}})
    listener.waits_for(asset_id, "AssetFailed", "AssetReady")
    assert editor.ready(asset_id)["s3"]["storage_class"] == "DEEP_ARCHIVE"


def test_sweep_finds_objects_without_an_event(stack: Stack, editor: Caller) -> None:
    asset_id = _put(editor)
    editor.ready(asset_id)
    functions = stack.aws("lambda").list_functions()["Functions"]
    (sweep,) = [each["FunctionName"] for each in functions if "Sweep" in each["FunctionName"]]
    answer = stack.aws("lambda").invoke(FunctionName=sweep)
    counts = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, counts
    assert counts["keys_compared"] >= 1


def test_label_change_is_announced_before_the_sweep_would(stack: Stack, editor: Caller, listener: Listener) -> None:
    asset_id = _put(editor)
    editor.ready(asset_id)
    box = {"type": "detection", "field": "ground_truth", "label": "car", "bbox": [0.1, 0.1, 0.2, 0.2]}
    made = editor.call("POST", f"/v1/assets/{asset_id}/annotations", {"annotation": box})
    assert made.status_code == 201, made.text
    # sweep leaves an event alone for a minute: what is heard earlier was put on the bus by the catalog itself
    eventually(lambda: "AnnotationsChanged" in listener.heard(asset_id) or None, seconds=45)
