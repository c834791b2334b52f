"""A client that keeps reading while an asset is replaced, reverted, deleted and restored never sees wrong bytes."""

import io
import threading
from dataclasses import dataclass, field
from typing import Any

import httpx2
from PIL import Image

from tests.e2e.stack import Caller, Stack, eventually


def picture(colour: str) -> bytes:
    output = io.BytesIO()
    Image.new("RGB", (320, 200), colour).save(output, "JPEG")
    return output.getvalue()


@dataclass
class Reader:
    """Follows the stable address again and again, and notes which version's address gave which bytes."""

    caller: Caller
    asset_id: str
    seen: set[tuple[str, bytes]] = field(default_factory=set)
    statuses: set[int] = field(default_factory=set)
    stopped: threading.Event = field(default_factory=threading.Event)

    def __call__(self) -> None:
        with httpx2.Client(trust_env=False, timeout=30) as http:
            while not self.stopped.is_set():
                answer = self.caller.call("GET", f"/v1/assets/{self.asset_id}/content")
                self.statuses.add(answer.status_code)
                if answer.status_code == 302:
                    got = http.get(answer.headers["location"])
                    self.statuses.add(got.status_code)
                    version = got.headers.get("x-amz-version-id", "")
                    self.seen.add((version, got.content))


def test_reader_never_sees_wrong_bytes_while_versions_come_and_go(stack: Stack) -> None:
    caller = stack.caller("demo:admin")
    red, green = picture("red"), picture("green")
    ticket = caller.begin(content=red)
    assert caller.put(ticket, red).status_code == 200
    asset_id = ticket["asset_id"]
    asset = caller.ready(asset_id)
    first, key = asset["s3"]["version_id"], asset["s3"]["key"]
    reader = Reader(stack.caller("demo:viewer"), asset_id)
    thread = threading.Thread(target=reader)
    thread.start()

    def shown() -> bytes | None:
        answer = caller.call("GET", f"/v1/assets/{asset_id}/content")
        return caller.http.get(answer.headers["location"]).content if answer.status_code == 302 else None

    def when(wanted: Any) -> None:
        eventually(lambda: True if shown() == wanted else None)

    def when_read(version: str, wanted: bytes) -> None:
        eventually(lambda: True if (version, wanted) in reader.seen else None)

    try:
        when_read(first, red)
        put = stack.aws("s3").put_object(Bucket=stack.values["bucket"], Key=key, Body=green, ContentType="image/jpeg")
        when_read(put["VersionId"], green)
        reverted = caller.call("POST", f"/v1/assets/{asset_id}/revert", {"version_id": first})
        assert reverted.status_code == 202, reverted.text
        when_read(reverted.json()["version_id"], red)
        assert caller.call("DELETE", f"/v1/assets/{asset_id}").status_code == 202
        when(None)
        assert caller.call("POST", f"/v1/assets/{asset_id}/restore").status_code == 202
        when(red)
    finally:
        reader.stopped.set()
        thread.join()
    assert reader.seen == {(first, red), (put["VersionId"], green), (reverted.json()["version_id"], red)}
    assert reader.statuses <= {200, 302, 404, 409}


def test_permanent_deletion_holds_against_the_ticket_and_the_cdn_forgets(stack: Stack) -> None:
    caller = stack.caller("demo:admin")
    content = picture("purple")
    ticket = caller.begin(content=content)
    assert caller.put(ticket, content).status_code == 200
    asset_id = ticket["asset_id"]
    key = caller.ready(asset_id)["s3"]["key"]
    url = caller.signed_url(asset_id)
    for cache in ("Miss from cloudfront", "Hit from cloudfront"):
        answer = caller.http.get(url)
        assert (answer.content, answer.headers.get("x-cache", "")) == (content, cache)

    assert caller.call("DELETE", f"/v1/assets/{asset_id}?permanent=true").status_code == 202
    assert caller.http.get(url).status_code in (403, 404)
    assert caller.put(ticket, content).status_code == 200, "S3 knows of no deletion"

    def listed() -> list[Any]:
        found = stack.aws("s3").list_object_versions(Bucket=stack.values["bucket"], Prefix=key)
        return [*found.get("Versions", []), *found.get("DeleteMarkers", [])]

    assert listed()
    eventually(lambda: True if not listed() else None, seconds=150)
    assert caller.call("GET", f"/v1/assets/{asset_id}").json()["status"] == "deleted"
    assert caller.http.get(url).status_code in (403, 404)
