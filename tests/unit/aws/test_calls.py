"""S3, Secrets Manager and EventBridge calls: retries, typed errors, batches, and texts without secrets."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest

from foveal.aws import errors, secrets
from foveal.aws.credentials import Credentials, NoRegion, current, region
from foveal.aws.eventbridge import Entry, put_events
from foveal.aws.retries import MAX_ATTEMPTS
from foveal.aws.s3 import S3, Part
from tests.unit.aws.scripted_server import Answer, Script, serving

SECRET = "a-very-secret-key"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a-session-token")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setattr("random.uniform", lambda *_: 0.0)


def bucket(script: Script, monkeypatch: pytest.MonkeyPatch) -> S3:
    monkeypatch.setenv("AWS_ENDPOINT_URL", script.url)
    return S3("media")


def error(code: str, status: int) -> Answer:
    return Answer(status, f"<Error><Code>{code}</Code><Message>x</Message></Error>".encode())


@pytest.mark.parametrize(
    "fault",
    [
        Answer(503, b"<Error><Code>SlowDown</Code></Error>"),
        Answer(500, b"<Error><Code>InternalError</Code></Error>"),
        Answer(400, b"<Error><Code>RequestTimeout</Code></Error>"),
        Answer(502, b"<html>bad gateway</html>"),
        Answer(hangs_up=True),
    ],
)
def test_call_succeeds_when_a_fault_is_transient(monkeypatch: pytest.MonkeyPatch, fault: Answer) -> None:
    with serving(fault, Answer(200, b"bytes")) as script:
        assert bucket(script, monkeypatch).get("key") == b"bytes"
        assert len(script.asked) == 2


def test_completion_succeeds_when_a_fault_with_status_200_is_transient(monkeypatch: pytest.MonkeyPatch) -> None:
    done = Answer(200, b"<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>")
    with serving(error("InternalError", 200), done) as script:
        completed = bucket(script, monkeypatch).complete_multipart("key", "id", [Part(1, 5, "etag")])
    assert (completed.etag, len(script.asked)) == ("e", 2)


def test_object_is_returned_when_its_bytes_look_like_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    text = b"<Error><Code>NoSuchKey</Code></Error>"
    with serving(Answer(200, text)) as script:
        s3 = bucket(script, monkeypatch)
        assert (s3.get("key"), s3.get_range("key", 0, 100).data) == (text, text)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (error("SlowDown", 503), errors.Throttled),
        (error("InternalError", 500), errors.AwsError),
        (Answer(hangs_up=True), errors.Unreachable),
    ],
)
def test_error_is_typed_after_four_attempts_when_a_fault_is_permanent(
    monkeypatch: pytest.MonkeyPatch, fault: Answer, kind: type[errors.AwsError]
) -> None:
    with serving(fault) as script, pytest.raises(kind):
        bucket(script, monkeypatch).get("key")
    assert len(script.asked) == MAX_ATTEMPTS


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("NoSuchKey", 404, errors.NoSuchKey),
        ("NoSuchUpload", 404, errors.NoSuchUpload),
        ("AccessDenied", 403, errors.AccessDenied),
        ("PreconditionFailed", 412, errors.PreconditionFailed),
        ("ConditionalRequestConflict", 409, errors.ConditionalRequestConflict),
        ("InvalidPart", 400, errors.InvalidPart),
        ("EntityTooSmall", 400, errors.EntityTooSmall),
        ("BadDigest", 400, errors.BadDigest),
        ("InvalidObjectState", 403, errors.InvalidObjectState),
        ("SomethingNew", 400, errors.AwsError),
    ],
)
def test_error_is_typed_and_not_retried_when_it_is_not_transient(
    monkeypatch: pytest.MonkeyPatch, code: str, status: int, kind: type[errors.AwsError]
) -> None:
    with serving(error(code, status)) as script:
        with pytest.raises(kind) as raised:
            bucket(script, monkeypatch).get("key")
        assert type(raised.value) is kind
        assert (raised.value.code, raised.value.status, len(script.asked)) == (code, status, 1)


def test_error_of_completion_is_raised_when_s3_sends_it_with_a_200(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(error("InvalidPart", 200)) as script, pytest.raises(errors.InvalidPart):
        bucket(script, monkeypatch).complete_multipart("key", "id", [Part(1, 5, "etag")])


@pytest.mark.parametrize(
    ("status", "kind"), [(404, errors.NoSuchKey), (403, errors.AccessDenied), (405, errors.MethodNotAllowed)]
)
def test_error_follows_the_status_when_head_has_no_body(
    monkeypatch: pytest.MonkeyPatch, status: int, kind: type[errors.AwsError]
) -> None:
    with serving(Answer(status)) as script, pytest.raises(kind):
        bucket(script, monkeypatch).head("key")


@pytest.mark.parametrize("answer", [error("AccessDenied", 403), Answer(hangs_up=True), Answer(200, b"not xml")])
def test_error_text_holds_no_key_or_url_when_a_call_fails(monkeypatch: pytest.MonkeyPatch, answer: Answer) -> None:
    with serving(answer) as script, pytest.raises(errors.AwsError) as raised:
        bucket(script, monkeypatch).list_parts("media/zoo/private", "an-upload-id")
    told = f"{raised.value!r} {raised.value} {raised.value.__cause__} {raised.value.__context__}"
    assert not any(secret in told for secret in (SECRET, "a-session-token", "AKIDEXAMPLE", "private", "http"))


def test_connection_is_reused_when_calls_follow_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Answer(200, b"bytes")) as script:
        s3 = bucket(script, monkeypatch)
        for _ in range(5):
            s3.get("key")
        assert (len(script.asked), script.connections) == (5, 1)


def test_signature_changes_when_credentials_are_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Answer(200, b"bytes")) as script:
        s3 = bucket(script, monkeypatch)
        s3.get("key")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDRENEWED")
        s3.get("key")
    signed = [headers["Authorization"] for _, _, headers, _ in script.asked]
    assert ["AKIDEXAMPLE/" in signed[0], "AKIDRENEWED/" in signed[1]] == [True, True]


def test_parts_are_all_listed_when_they_fill_several_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    def page(numbers: range, following: int | None) -> Answer:
        parts = "".join(
            f"<Part><PartNumber>{n}</PartNumber><Size>5</Size><ETag>&quot;e{n}&quot;</ETag></Part>" for n in numbers
        )
        more = f"<IsTruncated>true</IsTruncated><NextPartNumberMarker>{following}</NextPartNumberMarker>"
        namespace = "http://s3.amazonaws.com/doc/2006-03-01/"
        text = f'<ListPartsResult xmlns="{namespace}">{more if following else ""}{parts}</ListPartsResult>'
        return Answer(200, text.encode())

    with serving(page(range(1, 1001), 1000), page(range(1001, 1501), None)) as script:
        parts = bucket(script, monkeypatch).list_parts("key", "id")
    assert [part.part_number for part in parts] == list(range(1, 1501))
    assert parts[-1] == Part(1500, 5, "e1500")
    assert "part-number-marker=1000" in script.asked[1][1]


def test_range_is_cut_from_the_object_when_the_server_ignores_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Answer(200, b"0123456789")) as script:
        found = bucket(script, monkeypatch).get_range("key", 2, 3)
    assert (found.data, found.size_bytes) == (b"234", 10)


def test_keys_are_decoded_when_versions_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    key, encoded = "media/zoo/a b+\x01\xfc%41.jpg", "media/zoo/a+b%2B%01%C3%BC%2541.jpg"
    listed = f"""<ListVersionsResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>
    <NextKeyMarker>{encoded}</NextKeyMarker><NextVersionIdMarker>v%2B</NextVersionIdMarker><Version><Key>{encoded}</Key>
    <VersionId>v%2B</VersionId><IsLatest>true</IsLatest><LastModified>2026-11-23T05:06:07.000Z</LastModified>
    <ETag>&quot;e&quot;</ETag><Size>5</Size></Version></ListVersionsResult>"""
    with serving(Answer(200, listed.encode())) as script:
        s3 = bucket(script, monkeypatch)
        page = s3.list_versions("media/")
        s3.list_versions("media/", page.next_markers)
    assert [(each.key, each.version_id, each.etag) for each in page.versions] == [(key, "v%2B", "e")]
    assert page.versions[0].last_modified == datetime(2026, 11, 23, 5, 6, 7, tzinfo=UTC)
    assert page.next_markers == (key, "v%2B")
    first, second = (parse_qs(path.partition("?")[2]) for _, path, *_ in script.asked)
    assert (first["encoding-type"], second["key-marker"]) == (["url"], [key])


def test_keys_are_not_decoded_when_a_server_does_not_encode_them(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = b"""<ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><DeleteMarker>
    <Key>a+b%41 &amp;</Key><LastModified>2026-11-23T05:06:07.000Z</LastModified></DeleteMarker></ListVersionsResult>"""
    with serving(Answer(200, listed)) as script:
        (marker,) = bucket(script, monkeypatch).list_versions("media/").versions
    assert (marker.key, marker.is_delete_marker) == ("a+b%41 &", True)


def test_secret_is_read_once_when_it_is_asked_for_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:test-once"
    with serving(Answer(200, b'{"SecretString": "one"}'), Answer(200, b'{"SecretString": "two"}')) as script:
        monkeypatch.setenv("AWS_ENDPOINT_URL", script.url)
        assert [secrets.get_secret(name), secrets.get_secret(name)] == ["one", "one"]
    assert len(script.asked) == 1
    assert script.asked[0][2]["X-Amz-Target"] == "secretsmanager.GetSecretValue"


def test_error_is_access_denied_when_the_role_may_not_read_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = Answer(400, b'{"__type": "com.amazonaws#AccessDeniedException", "Message": "no"}')
    with serving(refusal) as script:
        monkeypatch.setenv("AWS_ENDPOINT_URL", script.url)
        with pytest.raises(errors.AccessDenied):
            secrets.get_secret("arn:aws:secretsmanager:eu-west-1:111122223333:secret:test-denied")


def test_rejected_entries_are_returned_when_eventbridge_takes_some(monkeypatch: pytest.MonkeyPatch) -> None:
    entries: list[Entry] = [
        {"EventBusName": "bus", "Source": "foveal", "DetailType": "AssetReady", "Detail": json.dumps({"n": number})}
        for number in range(12)
    ]
    ten: dict[str, Any] = {"FailedEntryCount": 1, "Entries": [{"EventId": str(n)} for n in range(10)]}
    ten["Entries"][3] = {"ErrorCode": "InternalFailure"}
    two = {"FailedEntryCount": 0, "Entries": [{"EventId": "a"}, {"EventId": "b"}]}
    with serving(Answer(200, json.dumps(ten).encode()), Answer(200, json.dumps(two).encode())) as script:
        monkeypatch.setenv("AWS_ENDPOINT_URL", script.url)
        failed = put_events(entries)
    assert [(each.entry, each.code) for each in failed] == [(entries[3], "InternalFailure")]
    assert [len(json.loads(body)["Entries"]) for *_, body in script.asked] == [10, 2]


def test_batch_stays_below_256_kib_when_entries_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    large: Entry = {"EventBusName": "b", "Source": "s", "DetailType": "t", "Detail": json.dumps("x" * 100_000)}
    with serving(Answer(200, b'{"FailedEntryCount": 0, "Entries": []}')) as script:
        monkeypatch.setenv("AWS_ENDPOINT_URL", script.url)
        assert put_events([large] * 5) == []
    assert [len(json.loads(body)["Entries"]) for *_, body in script.asked] == [2, 2, 1]


def test_credentials_hide_their_secret_when_they_are_printed() -> None:
    found = current()
    assert found == Credentials("AKIDEXAMPLE", SECRET, "a-session-token")
    assert SECRET not in f"{found} {found!r}"
    assert "a-session-token" not in f"{found}"


def test_credentials_come_from_botocores_chain_when_the_environment_has_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "credentials").write_text("[lab]\naws_access_key_id=AKIDFILE\naws_secret_access_key=filed\n")
    (tmp_path / "config").write_text("[profile lab]\nregion=eu-north-1\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "lab")
    from foveal.aws import credentials

    credentials._botocore_session.cache_clear()
    try:
        assert (current().access_key, region()) == ("AKIDFILE", "eu-north-1")
    finally:
        credentials._botocore_session.cache_clear()


def test_no_region_is_raised_when_none_is_configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    from foveal.aws import credentials

    credentials._botocore_session.cache_clear()
    try:
        with pytest.raises(NoRegion, match="AWS_REGION"):
            region()
    finally:
        credentials._botocore_session.cache_clear()
