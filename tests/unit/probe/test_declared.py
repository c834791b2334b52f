"""Declared type compared with the detected format."""

from __future__ import annotations

import pytest

from foveal.probe import MemorySource, ProbeError, Reason, probe
from tests.unit.probe.dicoms import every_dicom
from tests.unit.probe.movies import every_movie
from tests.unit.probe.pictures import SVG, every_picture

_JPEG, _PNG = every_picture()["jpeg-RGB"], every_picture()["png-RGB"]
_MP4, _MOV = every_movie()["mp4"], every_movie()["mov"]
_DICOM = every_dicom()["dicom-explicit"]


@pytest.mark.parametrize(
    ("data", "declared"),
    [
        (_JPEG, None),
        (_JPEG, ""),
        (_JPEG, "application/octet-stream"),
        (_JPEG, "image/jpg"),
        (_JPEG, "IMAGE/JPEG; charset=binary"),
        (_PNG, "image/jpeg"),
        (_MP4, "video/quicktime"),
        (_MOV, "video/mp4"),
        (_MP4, "application/mp4"),
        (SVG, "image/svg+xml"),
        (_DICOM, "application/dicom"),
    ],
)
def test_facts_come_out_when_the_declared_family_is_the_same(data: bytes, declared: str | None) -> None:
    assert probe(MemorySource(data), declared).width


@pytest.mark.parametrize(
    ("data", "declared"),
    [
        (_JPEG, "video/mp4"),
        (_MP4, "image/jpeg"),
        (_MP4, "audio/mp4"),
        (_PNG, "text/html"),
        (_PNG, "image/svg+xml"),
        (SVG, "image/png"),
        (_JPEG, "application/dicom"),
        (_DICOM, "image/jpeg"),
        (_PNG, "application/pdf"),
        (_PNG, "nonsense"),
    ],
)
def test_mismatch_is_the_reason_when_the_declared_family_is_another(data: bytes, declared: str) -> None:
    with pytest.raises(ProbeError) as caught:
        probe(MemorySource(data), declared)
    assert caught.value.reason is Reason.MISMATCH
    assert caught.value.facts is not None
    assert caught.value.facts.width


def test_page_is_active_content_when_it_is_declared_as_an_image() -> None:
    with pytest.raises(ProbeError) as caught:
        probe(MemorySource(b"<html><body></body></html>"), "image/png")
    assert caught.value.reason is Reason.ACTIVE_CONTENT


def test_declared_type_is_cleaned_when_it_comes_back_in_the_detail() -> None:
    with pytest.raises(ProbeError) as caught:
        probe(MemorySource(_JPEG), 'video/mp4\n{"level":"ERROR"}')
    assert "\n" not in caught.value.detail
    assert '"' not in caught.value.detail
