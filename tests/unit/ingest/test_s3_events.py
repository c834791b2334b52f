"""S3 events as EventBridge events and as direct notifications; order of sequencers."""

import contextlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from foveal.ingest.s3_events import Kind, UnreadableMessage, object_events, recheck_message, sequencer_order

EVENTS = Path(__file__).parents[2] / "events"
SEQUENCERS = st.text("0123456789abcdefABCDEF", min_size=1, max_size=20)
NAMES = st.sampled_from(["Records", "detail-type", "detail", "source", "s3", "eventName", "Object Created", "aws.s3"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
)


@given(SEQUENCERS, SEQUENCERS)
@example("62000000", "617f08299329d189")
@example("617f08299329d189", "617f08299329d1890")
@example("0055AED6DCD90281E5", "0055aed6dcd90281e6")
def test_sequencers_sort_as_text_padded_with_zeros_on_the_right(one: str, other: str) -> None:
    width = max(len(one), len(other))
    padded = [each.lower().ljust(width, "0") for each in (one, other)]
    orders = [sequencer_order(each) for each in (one, other)]
    assert (orders[0] < orders[1], orders[0] == orders[1]) == (padded[0] < padded[1], padded[0] == padded[1])


@pytest.mark.parametrize(
    ("name", "kind", "key", "version_id"),
    [
        ("object-created", Kind.CREATED, "media/zoo/a b+c %41 ü.jpg", "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e"),
        ("object-created-multipart", Kind.CREATED, "media/zoo/film.mp4", "3sL4kqtJlcpXroDTDmJ.xUZJFfMREIz"),
        ("object-created-without-versions", Kind.CREATED, "media/zoo/a.jpg", None),
        ("delete-marker-created", Kind.MARKED_DELETED, "media/zoo/a.jpg", "mYt7Y0vFL8Tk9.8y9Y1hQ2Zx0vN4dHqC"),
        ("version-permanently-deleted", Kind.REMOVED, "media/zoo/a.jpg", "1QW9g1Z99LUNbvaaYVpW9xDlOLU.qxgF"),
        ("lifecycle-expired", Kind.MARKED_DELETED, "media/zoo/a.jpg", "4yKtl6R3BfRkwlsKSpJt7N.5vBwVrm3d"),
        ("notification-created", Kind.CREATED, "media/zoo/a b+c %41 ü.jpg", "096fKKXTRTtl3on89fVO.nfljtsv6qko"),
        ("notification-delete-marker", Kind.MARKED_DELETED, "media/zoo/a.jpg", "cLJvBGGd2b4V4Uh.QeYkBoZ8C1jOHCDy"),
    ],
)
def test_s3_event_is_read_with_its_kind_key_and_version(
    name: str, kind: Kind, key: str, version_id: str | None
) -> None:
    (event,) = object_events((EVENTS / f"{name}.json").read_text("utf-8"))
    assert (event.kind, event.key, event.version_id) == (kind, key, version_id)
    assert event.bucket == "amzn-s3-demo-bucket"
    assert event.sequencer
    assert event.occurred_at.tzinfo is not None


@pytest.mark.parametrize("name", ["object-tags-added", "notification-test"])
def test_other_s3_events_are_ignored(name: str) -> None:
    assert object_events((EVENTS / f"{name}.json").read_text("utf-8")) == []


def test_completed_restore_requests_a_recheck_in_both_formats() -> None:
    record = json.loads((EVENTS / "notification-created.json").read_text("utf-8"))["Records"][0]
    restored = json.dumps({"Records": [{**record, "eventName": "ObjectRestore:Completed"}]})
    begun = json.dumps({"Records": [{**record, "eventName": "ObjectRestore:Post"}]})
    for message, key in (
        ((EVENTS / "object-restore-completed.json").read_text("utf-8"), "media/zoo/a.jpg"),
        (restored, "media/zoo/a b+c %41 ü.jpg"),
    ):
        (event,) = object_events(message)
        assert (event.kind, event.key, event.sequencer, event.version_id) == (Kind.RECHECK, key, None, None)
    assert object_events(begun) == []


@pytest.mark.parametrize(
    ("name", "moved_to"),
    [
        ("object-access-tier-changed", {"archive_status": "ARCHIVE_ACCESS"}),
        ("object-storage-class-changed", {"storage_class": "GLACIER"}),
    ],
)
def test_archival_event_names_the_new_tier_or_class(name: str, moved_to: dict[str, str]) -> None:
    (event,) = object_events((EVENTS / f"{name}.json").read_text("utf-8"))
    assert (event.kind, event.moved_to) == (Kind.ARCHIVED, moved_to)
    assert (event.key, event.version_id) == ("media/zoo/a.jpg", "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e")


def test_change_to_an_instantly_readable_class_is_ignored() -> None:
    message = json.loads((EVENTS / "object-storage-class-changed.json").read_text("utf-8"))
    message["detail"]["destination-storage-class"] = "INTELLIGENT_TIERING"
    assert object_events(json.dumps(message)) == []


@given(ANYTHING)
def test_any_json_message_is_read_or_refused_as_unreadable(value: object) -> None:
    with contextlib.suppress(UnreadableMessage):
        assert isinstance(object_events(json.dumps(value)), list)


@pytest.mark.parametrize("key", ["\ud800", "", 7, None])
def test_message_is_unreadable_when_its_key_is_not_text(key: object) -> None:
    message = json.loads((EVENTS / "object-created.json").read_text("utf-8"))
    message["detail"]["object"]["key"] = key
    with pytest.raises(UnreadableMessage):
        object_events(json.dumps(message))


@pytest.mark.parametrize("sequencer", ["zz", "", "0x1", "1 ", "\u0661", "f" * 65])
def test_message_is_unreadable_when_its_sequencer_is_not_hexadecimal(sequencer: str) -> None:
    message = json.loads((EVENTS / "object-created.json").read_text("utf-8"))
    message["detail"]["object"]["sequencer"] = sequencer
    with pytest.raises(UnreadableMessage):
        object_events(json.dumps(message))


def test_message_is_unreadable_when_nested_too_deep() -> None:
    with pytest.raises(UnreadableMessage):
        object_events('{"Records":' + "[" * 200_000)


@pytest.mark.parametrize("detail_type", ["Recheck Requested", "Look Again"])
def test_recheck_message_is_read_under_its_present_and_its_former_detail_type(detail_type: str) -> None:
    now = datetime(2026, 10, 31, tzinfo=UTC)
    message = json.loads(recheck_message("bucket", "media/zoo/ü.jpg", "marker", now))
    (event,) = object_events(json.dumps({**message, "detail-type": detail_type}))
    assert (event.kind, event.bucket, event.key) == (Kind.RECHECK, "bucket", "media/zoo/ü.jpg")
    assert event.version_id == "marker"
    assert (event.sequencer, event.occurred_at) == (None, now)


def test_recheck_message_has_the_detail_type_recheck_requested() -> None:
    message = json.loads(recheck_message("bucket", "media/zoo/a.jpg", None, datetime(2026, 10, 31, tzinfo=UTC)))
    assert (message["source"], message["detail-type"]) == ("foveal.sweep", "Recheck Requested")
