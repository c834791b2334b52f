"""Media types: aliases, unspecific types, types by file name."""

import pytest

from foveal.objects.media_types import UNSPECIFIC, canonical_media_type, stated_media_type


@pytest.mark.parametrize(
    ("media_type", "canonical"),
    [
        ("image/jpg", "image/jpeg"),
        ("Image/X-PNG", "image/png"),
        ("application/mp4; codecs=avc1", "video/mp4"),
        ("application/x-matroska", "video/matroska"),
        ("video/x-matroska", "video/matroska"),
        ("", UNSPECIFIC),
        ("binary/octet-stream", UNSPECIFIC),
        ("image/heic", "image/heic"),
        ("text/html", "text/html"),
    ],
)
def test_canonical_media_type_is_the_registered_name(media_type: str, canonical: str) -> None:
    assert canonical_media_type(media_type) == canonical


@pytest.mark.parametrize(
    ("content_type", "file_name", "stated"),
    [
        ("application/octet-stream", "IMG_1.HEIC", "image/heic"),
        ("", "clip.mkv", "video/matroska"),
        ("", "scan.dcm", "application/dicom"),
        ("image/jpg", "page.html", "image/jpeg"),
        ("", "page.html", UNSPECIFIC),
        ("", "png", UNSPECIFIC),
        ("", None, UNSPECIFIC),
    ],
)
def test_stated_media_type_follows_the_file_name_when_the_content_type_is_unspecific(
    content_type: str, file_name: str | None, stated: str
) -> None:
    assert stated_media_type(content_type, file_name) == stated
