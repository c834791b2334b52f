import pytest

from local.ministack_patches.s3_signatures import unsigned_headers


@pytest.mark.parametrize(
    ("headers", "signed", "unsigned"),
    [
        ({"host": "h", "content-type": "image/png"}, "host", []),
        ({"host": "h", "x-amz-tagging": "a=b"}, "host", ["x-amz-tagging"]),
        (
            {"host": "h", "X-Amz-Storage-Class": "GLACIER", "x-amz-meta-a": "b"},
            "host;x-amz-meta-a",
            ["x-amz-storage-class"],
        ),
    ],
)
def test_unsigned_headers_are_those_of_s3_that_the_signature_does_not_name(
    headers: dict[str, str], signed: str, unsigned: list[str]
) -> None:
    assert unsigned_headers(headers, signed) == unsigned
