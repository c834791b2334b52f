"""Our signatures are botocore's, byte for byte."""

import hashlib
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foveal.aws.credentials import Credentials
from foveal.aws.endpoints import Endpoint, bucket_endpoint, service_endpoint
from foveal.aws.post_policy import Forms
from foveal.aws.sigv4 import Signer, encoded_query
from tests.unit.aws import botocore_oracle

BUCKET = "media-bucket"
TEXT = st.characters(exclude_categories=["Cs"])
KEYS = st.one_of(
    st.text(TEXT, min_size=1, max_size=60),
    st.text("ab/.%+~é\n ?#&=*'()[]\\\"", min_size=1, max_size=60),
    st.just("media/zoo/01997f00-0000-7000-8000-000000000000/original.jpg"),
)
INSTANTS = st.integers(946_684_800, 4_102_444_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
HEADER_VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=40)
TYPES = st.sampled_from(["image/jpeg", "video/webm;codecs=vp9", "application/octet-stream", "image/svg+xml; a=b"])
WHO = st.sampled_from(
    [
        Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
        Credentials("ASIAEXAMPLE", "secret/with+signs=", "IQoJb3JpZ2luX2VjE//+=%" * 40),
    ]
)
REGIONS = st.sampled_from(["us-east-1", "eu-central-1", "ap-southeast-2", "cn-north-1"])
MANY = settings(max_examples=1_000, deadline=None)


@pytest.fixture(autouse=True)
def _at_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)


@MANY
@given(WHO, REGIONS, KEYS, INSTANTS, st.integers(1, 604_800), TYPES, st.integers(0, 2**40), st.booleans())
def test_put_url_is_botocores_when_type_length_and_condition_are_signed(
    who: Credentials, region: str, key: str, at: datetime, seconds: int, kind: str, length: int, is_conditional: bool
) -> None:
    parameters: dict[str, Any] = {"Bucket": BUCKET, "Key": key, "ContentType": kind, "ContentLength": length}
    headers = {"Content-Type": kind, "Content-Length": str(length)}
    if is_conditional:
        parameters["IfNoneMatch"] = headers["If-None-Match"] = "*"
    with botocore_oracle.clock(at):
        wanted = botocore_oracle.client(who, region).generate_presigned_url("put_object", parameters, seconds)
    assert _presign(who, region, "PUT", key, at, seconds, headers=headers) == wanted


@MANY
@given(WHO, REGIONS, KEYS, INSTANTS, st.integers(1, 10_000), st.text(TEXT, min_size=1, max_size=40))
def test_part_url_is_botocores_when_number_and_upload_id_are_in_the_query(
    who: Credentials, region: str, key: str, at: datetime, number: int, upload_id: str
) -> None:
    parameters = {"Bucket": BUCKET, "Key": key, "PartNumber": number, "UploadId": upload_id}
    with botocore_oracle.clock(at):
        wanted = botocore_oracle.client(who, region).generate_presigned_url("upload_part", parameters, 900)
    query = {"partNumber": str(number), "uploadId": upload_id}
    assert _presign(who, region, "PUT", key, at, 900, query=query) == wanted


@MANY
@given(WHO, KEYS, INSTANTS, st.dictionaries(st.text("abcxyz-", min_size=1, max_size=8), HEADER_VALUES, max_size=5))
def test_url_is_botocores_when_metadata_and_a_checksum_are_signed(
    who: Credentials, key: str, at: datetime, metadata: dict[str, str]
) -> None:
    checksum = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="
    metadata = {name: " ".join(value.split()) for name, value in metadata.items() if value.strip()}
    parameters = {"Bucket": BUCKET, "Key": key, "ChecksumSHA256": checksum, "Metadata": metadata}
    with botocore_oracle.clock(at):
        wanted = botocore_oracle.client(who, "us-east-1").generate_presigned_url("put_object", parameters, 60)
    headers = {"x-amz-checksum-sha256": checksum} | {f"x-amz-meta-{name}": value for name, value in metadata.items()}
    assert _presign(who, "us-east-1", "PUT", key, at, 60, headers=headers) == wanted


@MANY
@given(WHO, REGIONS, KEYS, INSTANTS, st.integers(1, 3_600), TYPES, st.integers(0, 2**32))
def test_form_is_botocores_when_a_policy_is_signed(
    who: Credentials, region: str, key: str, at: datetime, seconds: int, kind: str, size: int
) -> None:
    conditions = [{"Content-Type": kind}, ["content-length-range", size, size]]
    with botocore_oracle.clock(at):
        wanted = botocore_oracle.client(who, region).generate_presigned_post(
            BUCKET, key, {"Content-Type": kind}, list(conditions), seconds
        )
    forms = Forms(Signer(who, region), bucket_endpoint(BUCKET, region), BUCKET, at=at, expires_in_seconds=seconds)
    form = forms.sign(key, {"Content-Type": kind}, size, size)
    if not key.endswith("${filename}"):
        assert {"url": form.url, "fields": form.fields} == wanted


@MANY
@given(
    WHO,
    REGIONS,
    st.sampled_from(["GET", "PUT", "POST", "DELETE", "HEAD"]),
    KEYS,
    INSTANTS,
    st.dictionaries(st.text("abAB-09", min_size=1, max_size=6), st.text(TEXT, max_size=20), max_size=4),
    st.dictionaries(st.text("abcxyz-", min_size=1, max_size=8), HEADER_VALUES, max_size=4),
    st.binary(max_size=50),
)
def test_header_signature_is_botocores_when_s3_is_called(
    who: Credentials,
    region: str,
    method: str,
    key: str,
    at: datetime,
    query: dict[str, str],
    headers: dict[str, str],
    body: bytes,
) -> None:
    endpoint = bucket_endpoint(BUCKET, region)
    headers = {f"x-amz-{name}": value for name, value in headers.items()}
    url = f"{endpoint.url}/{quote(key)}" + (f"?{encoded_query(query)}" if query else "")
    with botocore_oracle.clock(at):
        wanted = botocore_oracle.header_signature(who, region, "s3", method, url, headers, body)
    digest = hashlib.sha256(body).hexdigest()
    signed = Signer(who, region).sign(
        method, endpoint, f"/{key}", at=at, payload_sha256=digest, headers=headers, query=query
    )
    assert signed["Authorization"] == wanted["Authorization"]


@given(WHO, INSTANTS, st.sampled_from(["secretsmanager", "events", "sqs"]), st.binary(max_size=50))
def test_header_signature_is_botocores_when_a_json_service_is_called(
    who: Credentials, at: datetime, service: str, body: bytes
) -> None:
    endpoint = service_endpoint(service, "eu-west-1")
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "a.B"}
    with botocore_oracle.clock(at):
        wanted = botocore_oracle.header_signature(who, "eu-west-1", service, "POST", f"{endpoint.url}/", headers, body)
    digest = hashlib.sha256(body).hexdigest()
    signed = Signer(who, "eu-west-1", service).sign(
        "POST", endpoint, "/", at=at, payload_sha256=digest, headers=headers
    )
    assert signed["Authorization"] == wanted["Authorization"]


def test_key_of_the_day_changes_when_midnight_passes() -> None:
    signer = Signer(Credentials("AKID", "secret"), "us-east-1")
    before = signer.moment(datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC))
    after = signer.moment(datetime(2026, 11, 23, 0, 0, 0, tzinfo=UTC))
    assert (before.scope[:8], after.scope[:8]) == ("20261122", "20261123")
    assert before.mac(b"policy") != after.mac(b"policy")


@pytest.mark.parametrize(
    ("environment", "bucket", "is_accelerated", "wanted"),
    [
        ({}, "media", False, Endpoint("https", "media.s3.eu-west-1.amazonaws.com")),
        ({}, "media", True, Endpoint("https", "media.s3-accelerate.amazonaws.com")),
        ({}, "me.dia", True, Endpoint("https", "s3.eu-west-1.amazonaws.com", "/me.dia")),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:4566/"}, "media", True, Endpoint("http", "127.0.0.1:4566", "/media")),
        (
            {"AWS_ENDPOINT_URL": "http://a", "AWS_ENDPOINT_URL_S3": "https://b:1/x"},
            "media",
            False,
            Endpoint("https", "b:1", "/x/media"),
        ),
    ],
)
def test_bucket_answers_where_operator_or_region_say(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], bucket: str, is_accelerated: bool, wanted: Endpoint
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert bucket_endpoint(bucket, "eu-west-1", is_accelerated=is_accelerated) == wanted


def _presign(
    who: Credentials, region: str, method: str, key: str, at: datetime, seconds: int, **signed: dict[str, str]
) -> str:
    endpoint = bucket_endpoint(BUCKET, region)
    return Signer(who, region).presign(method, endpoint, f"/{key}", at=at, expires_in_seconds=seconds, **signed)
