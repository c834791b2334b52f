"""Tests of MediaBucket: S3 responses and errors, read by the project's S3 client from an emulator."""

import base64
import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from foveal.aws.s3 import S3, Opened
from foveal.ingest.bucket import MediaBucket
from foveal.ingest.observation import Absent, Archived, NotThere, Present, observe, observe_first_block
from tests.integration.ingest.images import JPEG

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

KEY = "media/zoo/büro 1+2 %41.jpg"


@pytest.fixture
def client(aws: Callable[[str], Any]) -> "S3Client":
    s3: S3Client = aws("s3")
    return s3


@pytest.fixture
def bucket(bucket_name: str) -> MediaBucket:
    return MediaBucket(S3(bucket_name))


def test_current_version_is_read_with_its_version_id_and_checksums(client: "S3Client", bucket: MediaBucket) -> None:
    put = client.put_object(
        Bucket=bucket.name, Key=KEY, Body=JPEG, ContentType="image/jpeg", ChecksumAlgorithm="SHA256"
    )
    found = observe(bucket, KEY)
    assert isinstance(found, Present)
    assert (found.facts.width, found.head.size_bytes, found.head.content_type) == (320, len(JPEG), "image/jpeg")
    assert found.head.version_id == put["VersionId"]
    assert found.head.checksums["sha256"] == base64.b64encode(hashlib.sha256(JPEG).digest()).decode()
    assert found.head.storage_class == "STANDARD"


def test_range_is_read_of_the_named_version_after_an_overwrite(client: "S3Client", bucket: MediaBucket) -> None:
    put = client.put_object(Bucket=bucket.name, Key=KEY, Body=b"first version")
    client.put_object(Bucket=bucket.name, Key=KEY, Body=b"other")
    answer = bucket.read(KEY, 6, 3, put["VersionId"])
    assert (answer.data, answer.size_bytes, answer.version_id) == (b"ver", 13, put["VersionId"])


def test_empty_object_is_present(client: "S3Client", bucket: MediaBucket) -> None:
    client.put_object(Bucket=bucket.name, Key=KEY, Body=b"")
    found = observe(bucket, KEY)
    assert isinstance(found, Present)
    assert (found.reason, found.head.size_bytes) == ("truncated", 0)


def test_key_is_absent_when_it_never_was_or_a_delete_marker_is_on_top(client: "S3Client", bucket: MediaBucket) -> None:
    assert observe(bucket, KEY) == Absent()
    put = client.put_object(Bucket=bucket.name, Key=KEY, Body=JPEG)
    client.delete_object(Bucket=bucket.name, Key=KEY)
    assert observe(bucket, KEY) == Absent()
    assert bucket.read(KEY, 0, 2, put["VersionId"]).data == JPEG[:2]


def test_removed_version_is_not_there(client: "S3Client", bucket: MediaBucket) -> None:
    put = client.put_object(Bucket=bucket.name, Key=KEY, Body=JPEG)
    client.delete_object(Bucket=bucket.name, Key=KEY, VersionId=put["VersionId"])
    with pytest.raises(NotThere):
        bucket.read(KEY, 0, 2, put["VersionId"])
    with pytest.raises(NotThere):
        bucket.head(KEY, put["VersionId"])
    with pytest.raises(NotThere):
        bucket.set_status_tag(KEY, put["VersionId"], "quarantined")


def test_archived_object_is_observed_without_a_read(client: "S3Client", bucket: MediaBucket) -> None:
    client.put_object(Bucket=bucket.name, Key=KEY, Body=JPEG, StorageClass="DEEP_ARCHIVE")
    with pytest.raises(Archived):
        bucket.first_block(KEY, 10)
    found = observe(bucket, KEY)
    assert isinstance(found, Present)
    assert (found.reason, found.head.storage_class, found.head.size_bytes) == ("archived", "DEEP_ARCHIVE", len(JPEG))


def test_status_tag_is_set_and_removed_without_touching_other_tags(client: "S3Client", bucket: MediaBucket) -> None:
    put = client.put_object(Bucket=bucket.name, Key=KEY, Body=JPEG, Tagging="team=birds")
    bucket.set_status_tag(KEY, put["VersionId"], "quarantined")
    assert _tags(client, bucket.name) == {"team": "birds", "foveal-status": "quarantined"}
    bucket.set_status_tag(KEY, put["VersionId"], None)
    assert _tags(client, bucket.name) == {"team": "birds"}


def test_objects_opened_together_give_the_same_observations_as_alone(client: "S3Client", bucket: MediaBucket) -> None:
    padding = b"".join(b"\xff\xee\xff\xff" + bytes(65533) for _ in range(3))
    objects = {
        KEY: JPEG,
        "media/zoo/large.jpg": JPEG + bytes(200_000),
        "media/zoo/header behind the first block.jpg": JPEG[:2] + padding + JPEG[2:],
        "media/zoo/empty.jpg": b"",
        "media/zoo/text of an error.jpg": b"<Error><Code>NoSuchKey</Code></Error>",
        "media/zoo/deleted.jpg": JPEG,
    }
    for key, data in objects.items():
        client.put_object(Bucket=bucket.name, Key=key, Body=data, ContentType="image/jpeg")
    client.put_object(Bucket=bucket.name, Key="media/zoo/old.jpg", Body=JPEG, StorageClass="DEEP_ARCHIVE")
    client.delete_object(Bucket=bucket.name, Key="media/zoo/deleted.jpg")
    keys = [*objects, "media/zoo/old.jpg", "media/zoo/never was.jpg"]
    for sizes in ({key: len(objects.get(key, b"")) for key in keys}, dict.fromkeys(keys)):
        opened = dict(zip(keys, bucket.open_ahead(sizes, 60), strict=True))
        alone = {key: observe(bucket, key) for key in keys}
        seen = {
            key: observe_first_block(key, each) if isinstance(each, Opened) else each for key, each in opened.items()
        }
        told = {key for key, each in seen.items() if each is not None}
        assert {key: seen[key] for key in told} == {key: alone[key] for key in told}
        assert told >= {KEY, "media/zoo/text of an error.jpg", "media/zoo/deleted.jpg", "media/zoo/never was.jpg"}
        rest = {key: each if isinstance(each, Opened) else None for key, each in opened.items()}
        assert {key: observe(bucket, key, each) for key, each in rest.items()} == alone


def _tags(client: "S3Client", bucket: str) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in client.get_object_tagging(Bucket=bucket, Key=KEY)["TagSet"]}
