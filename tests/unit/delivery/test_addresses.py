from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveal.delivery import addresses
from foveal.delivery.addresses import Address
from foveal.delivery.cloudfront_signer import require_signable

ASSET: dict[str, Any] = {
    "s3": {"key": "media/cats/0190/original.jpg", "version_id": "v+1/="},
    "mime_type": "image/jpeg",
    "file_name": "naïve cat.jpg",
}


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.text(st.characters(exclude_categories=["Cs"])))
def test_key_and_query_come_back_exactly_when_a_server_reads_the_address(key: str, value: str) -> None:
    text = Address(key, (("versionId", value),)).path_and_query()
    require_signable(text)
    split = urlsplit(f"https://host{text}")
    assert unquote(split.path) == f"/{key}"
    assert parse_qsl(split.query, keep_blank_values=True) == [("versionId", value)]
    assert "*" not in text


def test_address_names_version_and_found_type_when_an_image_is_shown() -> None:
    assert addresses.original(ASSET).query == (
        ("response-cache-control", "max-age=31536000, immutable"),
        ("response-content-disposition", "inline"),
        ("response-content-type", "image/jpeg"),
        ("versionId", "v+1/="),
    )


def test_address_changes_when_the_bytes_are_replaced() -> None:
    replaced = {**ASSET, "s3": {**ASSET["s3"], "version_id": "v2"}}
    assert addresses.original(ASSET).path_and_query() != addresses.original(replaced).path_and_query()
    assert addresses.of_version(replaced, "v+1/=", "image/jpeg") == addresses.original(ASSET)


def test_file_name_is_in_the_address_of_attachments_only() -> None:
    assert "cat.jpg" not in addresses.original(ASSET).path_and_query()
    query = dict(addresses.original(ASSET, is_attachment=True).query)
    assert query["response-content-disposition"].endswith("filename*=UTF-8''na%C3%AFve%20cat.jpg")


def test_active_content_is_an_untyped_attachment_when_inline_is_requested() -> None:
    query = dict(addresses.original({**ASSET, "mime_type": "image/svg+xml"}).query)
    assert query["response-content-disposition"] == "attachment"
    assert query["response-content-type"] == "application/octet-stream"


@pytest.mark.parametrize("mime_type", [None, "", "text/html", "image/png", "image/svg+xml"])
@pytest.mark.parametrize("is_attachment", [True, False])
def test_every_header_that_an_uploader_can_store_is_stated(mime_type: str | None, is_attachment: bool) -> None:
    query = dict(addresses.original({**ASSET, "mime_type": mime_type}, is_attachment=is_attachment).query)
    assert query.keys() == {
        *("versionId", "response-cache-control", "response-content-disposition", "response-content-type"),
    }
    assert all(query.values())
    is_inline = query["response-content-disposition"] == "inline"
    assert is_inline is (mime_type == "image/png" and not is_attachment)


def test_null_version_is_named_when_the_bucket_was_not_versioned() -> None:
    assert dict(addresses.original({"s3": {"key": "media/p/x"}}).query)["versionId"] == "null"
