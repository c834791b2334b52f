"""Corpus of real files: the facts on which independent readers agree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from foveal.probe import CountedSource, FileSource, MemorySource, ProbeError, probe

_CORPUS = Path(__file__).parents[5] / "shared" / "corpus"
_INDEX = _CORPUS / "index.json"
_RECORDS: dict[str, list[dict[str, Any]]] = (
    json.loads(_INDEX.read_text()) if _INDEX.exists() else {"good": [], "malformed": []}
)
_GOOD_HASHES = {record["sha256"] for record in _RECORDS["good"]}
# Of six JPEGs listed as malformed the decoders say "ok", and three of them are listed as good too, byte for byte:
# they are whole pictures with XMP alone, and facts are the right answer.
_MALFORMED = [record for record in _RECORDS["malformed"] if record["health"] != "ok"]
_WHOLE = [record for record in _RECORDS["malformed"] if record["health"] == "ok"]

pytestmark = pytest.mark.skipif(not _INDEX.exists(), reason="the corpus of real files is not beside the project")


def _name(record: dict[str, Any]) -> str:
    return str(record["path"])


@pytest.mark.parametrize("record", _RECORDS["good"], ids=_name)
def test_facts_are_those_of_the_index_when_the_file_is_good(record: dict[str, Any]) -> None:
    source = CountedSource(FileSource(_CORPUS / record["path"]))
    facts = probe(source).document()
    assert (facts["stored_width"], facts["stored_height"]) == (record["width"], record["height"])
    if "orientation" in record:
        assert facts.get("orientation", "absent") == record["orientation"]
    if "display_width" in record:
        assert (facts["width"], facts["height"]) == (record["display_width"], record["display_height"])
    if "display_dims" in record:
        assert [facts["width"], facts["height"]] == record["display_dims"]
    if "duration_s" in record:
        assert facts["duration_seconds"] == pytest.approx(record["duration_s"], abs=0.001)
    if record.get("frames") is not None:
        assert facts["frame_count"] == record["frames"]
    if "rotation_cw" in record:
        assert facts["rotation"] == record["rotation_cw"]
    assert source.requests <= 3


@pytest.mark.parametrize("record", [record for record in _RECORDS["good"] if "exif" in record], ids=_name)
def test_exif_is_that_of_the_index_when_a_camera_wrote_it(record: dict[str, Any]) -> None:
    facts = probe(FileSource(_CORPUS / record["path"])).document()
    stated, camera = record["exif"], facts.get("camera", {})
    for ours, theirs in (("make", "make"), ("model", "model"), ("iso", "iso")):
        assert camera.get(ours) == stated.get(theirs, camera.get(ours))
    if "fnumber" in stated:
        assert camera["f_number"] == pytest.approx(stated["fnumber"], abs=0.006)
    if "datetime_original" in stated:
        assert f"{facts['captured_at']:%Y:%m:%d %H:%M:%S}" == stated["datetime_original"]
    if "lat" in stated:
        assert facts["location"]["coordinates"] == pytest.approx([stated["lon"], stated["lat"]], abs=2e-5)


@pytest.mark.parametrize("record", [record for record in _RECORDS["good"] if "dicom" in record], ids=_name)
def test_person_names_stay_out_when_a_dicom_file_carries_them(record: dict[str, Any]) -> None:
    pydicom = pytest.importorskip("pydicom", reason="pydicom is the oracle of this test")
    facts = probe(FileSource(_CORPUS / record["path"])).document()
    stated = pydicom.dcmread(_CORPUS / record["path"], stop_before_pixels=True, force=True)
    assert facts.get("dicom", {}).get("transfer_syntax_uid", "") == record["dicom"]["tsuid"]
    shown = json.dumps(facts, default=str)
    for tag in record["dicom"]["phi_tags"]:
        value = str(stated.get(tag, ""))
        assert len(value) < 4 or value not in shown


@pytest.mark.parametrize("record", _MALFORMED, ids=_name)
def test_reason_is_typed_when_the_file_is_malformed(record: dict[str, Any]) -> None:
    with pytest.raises(ProbeError) as caught:
        probe(FileSource(_CORPUS / record["path"]))
    assert caught.value.reason
    assert caught.value.detail


@pytest.mark.parametrize("record", _WHOLE, ids=_name)
def test_facts_come_out_when_a_file_of_the_malformed_list_decodes(record: dict[str, Any]) -> None:
    facts = probe(MemorySource((_CORPUS / record["path"]).read_bytes()))
    assert (facts.width, facts.height) == (record["width"], record["height"])
