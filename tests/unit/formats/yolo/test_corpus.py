"""Published samples of YOLO, where they lie beside the project."""

from pathlib import Path

import pytest

from tests.unit.formats.yolo.data_sets import boxes, inspected

_CORPUS = Path(__file__).parents[5] / "shared/corpus/annotations/datumaro-assets/tests/assets/yolo_dataset"
_BOXES = [("2", [0.0, 0.2, 0.266667, 0.2]), ("4", [0.2, 0.3, 0.133333, 0.3])]


@pytest.mark.skipif(not _CORPUS.is_dir(), reason="the corpus is not beside the project")
@pytest.mark.parametrize("path", ["labels", "strict", "strict/obj_train_data/1.txt"])
def test_sample_of_datumaro_is_read(path: str) -> None:
    found = inspected(_CORPUS / path)
    assert found[-1]["format"] == "yolo"
    assert [label for _, label, _ in boxes(found)] == [label for label, _ in _BOXES]
    for (_, _, box), (_, expected) in zip(boxes(found), _BOXES, strict=True):
        assert box == pytest.approx(expected, abs=1e-6)
