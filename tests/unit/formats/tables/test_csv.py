"""Tables of separated values and JSON lines: dialects, columns, conventions of boxes, what is asked."""

from pathlib import Path

import pytest

from foveal.formats.base.files.source import open_source
from foveal.formats.registry import detect
from tests.unit.formats.converted import converted, mutations
from tests.unit.formats.reading import Line, inspected, of_kind

CORNERS = "filename,width,height,class,xmin,ymin,xmax,ymax\na.jpg,640,480,cat,10,20,110,220\n"


def write(folder: Path, text: str, name: str = "labels.csv") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


def boxes(found: list[Line]) -> list[list[float]]:
    return [line["bbox_px"] if "bbox_px" in line else line["bbox"] for line in of_kind(found, "annotation")]


def test_csv_states_corners_in_pixels_without_a_question(tmp_path: Path) -> None:
    found = inspected(write(tmp_path, CORNERS))
    assert [line["kind"] for line in found] == ["asset", "label", "annotation", "summary"]
    asset, _, annotation, _ = found
    assert (asset["file_name"], asset["width"], asset["height"], asset["labelled"]) == ("a.jpg", 640, 480, True)
    assert (annotation["bbox_px"], annotation["label"], annotation["type"]) == ([10, 20, 100, 200], "cat", "detection")


@pytest.mark.parametrize(
    ("convention", "expected"),
    [
        ("xywh", {"bbox_px": [10, 20, 30, 40]}),
        ("xyxy", {"bbox_px": [10, 20, 20, 20]}),
        ("cxcywh", {"bbox_px": [-5, 0, 30, 40]}),
    ],
)
def test_box_column_is_read_by_the_answer(tmp_path: Path, convention: str, expected: Line) -> None:
    path = write(tmp_path, 'image,label,bbox\na.jpg,cat,"[10, 20, 30, 40]"\n')
    asked = inspected(path)
    assert [line["option"] for line in of_kind(asked, "question")] == ["box"]
    assert of_kind(asked, "not_imported")[0]["reason"] == "the answer to box is needed"
    annotation = of_kind(inspected(path, box=convention), "annotation")[0]
    assert expected.items() <= annotation.items()


def test_box_question_proposes_shares_for_small_numbers_and_corners_where_they_grow(tmp_path: Path) -> None:
    path = write(tmp_path, 'image,label,bbox\na.jpg,cat,"0.1 0.2 0.3 0.4"\n')
    assert of_kind(inspected(path), "question")[0]["proposal"] == "relative_xyxy"
    path = write(tmp_path, 'image,label,bbox\na.jpg,cat,"100 200 30 40"\n')
    assert of_kind(inspected(path), "question")[0]["proposal"] == "xywh"


def test_corner_columns_of_small_numbers_are_asked(tmp_path: Path) -> None:
    path = write(tmp_path, "image,xmin,ymin,xmax,ymax,label\na.jpg,0.1,0.2,0.3,0.5,cat\n")
    assert of_kind(inspected(path), "question")[0]["proposal"] == "relative_xyxy"
    assert boxes(inspected(path, box="relative_xyxy")) == [pytest.approx([0.1, 0.2, 0.2, 0.3])]


def test_dialect_of_semicolons_decimal_commas_mark_and_quoted_newlines_is_found(tmp_path: Path) -> None:
    text = '\ufeffimage;label;x_min;y_min;x_max;y_max;note\r\n"a.jpg";"big\r\ncat";10,5;20;110,25;220;"x;y"\r\n'
    found = inspected(write(tmp_path, text))
    annotation = of_kind(found, "annotation")[0]
    assert (annotation["label"], annotation["bbox_px"]) == ("big\r\ncat", [10.5, 20, 99.75, 200])
    assert (annotation["extra"], annotation["pointer"]) == ({"note": "x;y"}, "L2")


def test_thousands_are_no_decimal_commas_in_a_table_of_commas(tmp_path: Path) -> None:
    found = inspected(write(tmp_path, 'image,label,xmin,ymin,xmax,ymax\na.jpg,cat,"1,234",20,1300,220\n'), box="xyxy")
    assert "four numbers" in of_kind(found, "not_imported")[0]["reason"]


def test_rows_of_an_asset_are_gathered_when_they_lie_apart(tmp_path: Path) -> None:
    text = "image,label\na.jpg,cat\nb.jpg,dog\na.jpg,bird\n"
    found = inspected(write(tmp_path, text))
    assert [(line["asset"], line["label"], line["pointer"]) for line in of_kind(found, "annotation")] == [
        ("a.jpg", "cat", "L2"),
        ("a.jpg", "bird", "L4"),
        ("b.jpg", "dog", "L3"),
    ]


def test_columns_are_asked_with_a_proposal_when_the_header_is_not_recognised(tmp_path: Path) -> None:
    path = write(tmp_path, "bild,art\na.jpg,Katze\n")
    asked = inspected(path)
    question = of_kind(asked, "question")[0]
    assert (question["option"], question["proposal"]) == ("columns", "file_name:bild,label:art")
    assert of_kind(asked, "not_imported")[0]["reason"] == "the answer to columns is needed"
    found = inspected(path, columns=question["proposal"])
    assert of_kind(found, "annotation")[0]["label"] == "Katze"


def test_columns_without_a_header_are_numbered_and_asked(tmp_path: Path) -> None:
    path = write(tmp_path, "a.jpg,10,20,110,220,cat\nb.jpg,,,,,\n")
    question = of_kind(inspected(path, "csv"), "question")[0]
    assert question["proposal"] == "file_name:1,x_min:2,y_min:3,x_max:4,y_max:5,label:6"
    found = inspected(path, "csv", columns=question["proposal"], empty="reviewed")
    assert boxes(found) == [[10, 20, 100, 200]]
    assert [line["labelled"] for line in of_kind(found, "asset")] == [True, True]


def test_columns_option_is_refused_when_there_is_no_such_column(tmp_path: Path) -> None:
    error = inspected(write(tmp_path, CORNERS), columns="file_name:photo")[-1]
    assert (error["kind"], error["code"]) == ("error", "wrong_option")
    assert "photo" in error["message"]


def test_empty_cells_are_asked_whether_they_mean_reviewed(tmp_path: Path) -> None:
    path = write(tmp_path, "image,label\na.jpg,cat\nb.jpg,\n")
    assert [line["option"] for line in of_kind(inspected(path), "question")] == ["empty"]
    for answer, expected in (("reviewed", True), ("unlabelled", False)):
        assert of_kind(inspected(path, empty=answer), "asset")[1]["labelled"] is expected


def test_row_that_adds_nothing_to_its_image_is_told(tmp_path: Path) -> None:
    found = inspected(write(tmp_path, "image,label\na.jpg,cat\na.jpg,\na.jpg,\n"), empty="reviewed")
    assert [line["pointer"] for line in of_kind(found, "not_imported")] == ["L4"]
    assert of_kind(found, "asset")[0]["pointer"] == "L3"


def test_class_0_is_a_label_and_no_truth_value(tmp_path: Path) -> None:
    found = inspected(write(tmp_path, "image,class\na.jpg,0\n"))
    assert of_kind(found, "annotation")[0]["label"] == "0"
    assert of_kind(found, "label")[0]["external_ids"] == {"csv": [0]}


def test_formula_cells_are_warned_of_and_kept(tmp_path: Path) -> None:
    found = inspected(write(tmp_path, 'image,label\na.jpg,"=HYPERLINK(""http://x"")"\nb.jpg,-5\n'))
    assert [line["code"] for line in of_kind(found, "warning")] == ["formula_cell"]
    assert of_kind(found, "annotation")[0]["label"] == '=HYPERLINK("http://x")'


def test_rows_with_too_many_cells_no_name_or_an_open_quote_are_told(tmp_path: Path) -> None:
    found = inspected(write(tmp_path, 'image,label\na.jpg,cat,more\n,cat\nb.jpg,"dog\n'), "csv")
    assert [line["reason"] for line in of_kind(found, "not_imported")] == [
        "the row has 3 cells, the table 2 columns",
        "the cell image is empty, or is no file name",
        "a cell in quotes does not end",
    ]
    assert of_kind(found, "annotation") == []


def test_confidence_above_1_is_kept_as_extra(tmp_path: Path) -> None:
    annotation = of_kind(inspected(write(tmp_path, "image,label,score\na.jpg,cat,87\n")), "annotation")[0]
    assert annotation["extra"] == {"confidence": 87}
    assert "confidence" not in annotation


def test_frames_are_asked_for_their_base(tmp_path: Path) -> None:
    path = write(tmp_path, "path,frame,label\na.mp4,1,cat\n")
    assert of_kind(inspected(path), "question")[0]["option"] == "frame_base"
    assert of_kind(inspected(path, frame_base="1"), "annotation")[0]["frame_index"] == 0


def test_metadata_jsonl_holds_objects_side_by_side_relative_to_its_folder(tmp_path: Path) -> None:
    write(
        tmp_path,
        '{"file_name": "a.jpg", "objects": {"bbox": [[1, 2, 3, 4], [5, 6, 7, 8]], "categories": [0, 1]}, "mood": "x"}\n'
        '{"file_name": "b.jpg", "objects": {"bbox": [], "categories": []}}\n'
        '{"file_name": "c.jpg", "objects": null}\n',
        "train/metadata.jsonl",
    )
    found = inspected(tmp_path, box="xywh")
    assert [(line["file_name"], line["labelled"], line["split"]) for line in of_kind(found, "asset")] == [
        ("train/a.jpg", True, "train"),
        ("train/b.jpg", True, "train"),
        ("train/c.jpg", False, "train"),
    ]
    assert [(line["label"], line["bbox_px"]) for line in of_kind(found, "annotation")] == [
        ("0", [1, 2, 3, 4]),
        ("1", [5, 6, 7, 8]),
    ]
    assert of_kind(found, "asset")[0]["extra"] == {"mood": "x"}


def test_lists_of_objects_of_different_length_are_told(tmp_path: Path) -> None:
    path = write(tmp_path, '{"file_name": "a.jpg", "objects": {"bbox": [[1, 2, 3, 4]], "categories": []}}\n', "m.jsonl")
    found = inspected(path, box="xywh")
    assert of_kind(found, "not_imported")[0]["reason"] == "the lists of objects have different lengths"


def test_json_lines_with_a_name_twice_or_deep_nesting_are_told(tmp_path: Path) -> None:
    deep = "[" * 5000 + "]" * 5000
    text = f'{{"file_name": "a", "file_name": "b"}}\n{{"file_name": "a", "x": {deep}}}\n{{"file_name": "c.jpg"}}\n'
    found = inspected(write(tmp_path, text, "m.jsonl"))
    assert len(of_kind(found, "not_imported")) == 2
    assert [line["file_name"] for line in of_kind(found, "asset")] == ["c.jpg"]


def test_header_of_open_images_is_left_to_its_own_reader(tmp_path: Path) -> None:
    path = write(tmp_path, "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax\n", "train-annotations-bbox.csv")
    from foveal.formats.tables.csv import FORMAT

    with open_source(path) as source:
        assert FORMAT.score(source) == 0


def test_csv_is_detected_by_its_header(tmp_path: Path) -> None:
    with open_source(write(tmp_path, CORNERS)) as source:
        assert detect(source).name == "csv"


@pytest.mark.parametrize(
    "text",
    [
        CORNERS,
        '\ufeffimage;label\r\n"a.jpg";"big\r\ncat"\r\n\r\n;no name\r\nb.jpg;;\r\n',
        "image,label\na.jpg,cat\nb.jpg,\na.jpg,dog",
        "image,label\na.jpg,cat\na.jpg,\na.jpg,\n",
    ],
)
def test_csv_comes_back_byte_equal_when_it_is_unedited(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, text)
    converted(path, tmp_path / "out.csv", "csv")
    assert (tmp_path / "out.csv").read_bytes() == path.read_bytes()


def test_metadata_jsonl_comes_back_byte_equal_with_records_that_were_not_imported(tmp_path: Path) -> None:
    text = '{"file_name": "a.jpg", "objects": {"bbox": [[1, 2, 3]], "categories": ["x"]}}\n{"broken\n{"file_name":"b"}'
    path = write(tmp_path, text, "metadata.jsonl")
    converted(path, tmp_path / "out.jsonl", "csv", box="xywh")
    assert (tmp_path / "out.jsonl").read_bytes() == path.read_bytes()


def test_csv_is_refused_when_it_is_not_utf8_or_a_column_comes_twice(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("image,label\na.jpg,Käse\n".encode("latin-1"))
    assert inspected(tmp_path / "a.csv", "csv")[-1]["code"] == "not_utf8"
    assert inspected(write(tmp_path, "image,label,label\na.jpg,x,y\n"), "csv")[-1]["code"] == "column_twice"


def test_csv_of_mutated_bytes_gives_records_or_an_error(tmp_path: Path) -> None:
    text = CORNERS + 'b.jpg,10,10,"d,o""g",0.5,1,2.5,3\nc.jpg,,,,,,,\n'
    for number, content in enumerate(mutations(text.encode(), 300)):
        path = tmp_path / f"{number}.csv"
        path.write_bytes(content)
        inspected(path, "csv", empty="reviewed")


def test_json_lines_of_mutated_bytes_give_records_or_an_error(tmp_path: Path) -> None:
    text = (
        '{"file_name":"a.jpg","objects":{"bbox":[[1,2,3,4],[5.5,6,7,8]],"categories":["x","y"],"score":[0.5,1]}}\n'
        '{"file_name":"b.jpg","annotation":"{\\"type\\":\\"polygon\\",\\"rings\\":[[[0,0],[1,0],[1,1]]]}"}\n'
        '{"file_name":"c.jpg","objects":[{"bbox":[1,2,3,4],"label":"z","iscrowd":true}]}\n'
    )
    for number, content in enumerate(mutations(text.encode(), 300)):
        path = tmp_path / f"{number}.jsonl"
        path.write_bytes(content)
        inspected(path, "csv", box="xywh")


@pytest.mark.parametrize(("delimiter", "name"), [("\t", "labels.tsv"), ("\t", "labels.csv"), ("|", "labels.csv")])
def test_tabs_and_bars_between_cells_are_found(tmp_path: Path, delimiter: str, name: str) -> None:
    text = CORNERS.replace(",", delimiter).replace("cat", "a, cat")
    annotation = of_kind(inspected(write(tmp_path, text, name)), "annotation")[0]
    assert (annotation["label"], annotation["bbox_px"]) == ("a, cat", [10, 20, 100, 200])


def test_options_for_delimiter_decimal_and_header_override_what_is_found(tmp_path: Path) -> None:
    path = write(tmp_path, "a.jpg;1,5;2;3;4,5;cat\n")
    columns = "file_name:1,x_min:2,y_min:3,x_max:4,y_max:5,label:6"
    found = inspected(path, "csv", delimiter="semicolon", decimal="comma", header="no", columns=columns, box="xyxy")
    assert boxes(found) == [[1.5, 2, 1.5, 2.5]]
    assert inspected(path, "csv", delimiter="colon")[-1]["code"] == "wrong_option"


def test_columns_option_as_a_json_object_takes_names_with_commas(tmp_path: Path) -> None:
    path = write(tmp_path, '"photo, name",kind\na.jpg,cat\n')
    found = inspected(path, columns='{"file_name": "photo, name", "label": "kind"}')
    assert of_kind(found, "annotation")[0]["label"] == "cat"


def test_box_outside_the_image_is_told_and_one_across_its_edge_is_warned_of(tmp_path: Path) -> None:
    text = CORNERS + "a.jpg,640,480,dog,700,20,800,220\na.jpg,640,480,cow,600,20,700,220\n"
    found = inspected(write(tmp_path, text))
    assert [line["label"] for line in of_kind(found, "annotation")] == ["cat", "cow"]
    assert len(of_kind(found, "not_imported")) == 1
    assert [line["code"] for line in of_kind(found, "warning")] == ["cut_at_edge"]


FLAGS = "filename, cat, dog\na.jpg, 1, 1\nb.jpg, 0, 0\nc.jpg, 0, 1\n"


def test_columns_of_zero_and_one_are_asked_and_nothing_is_imported_before_the_answer(tmp_path: Path) -> None:
    found = inspected(write(tmp_path, FLAGS))
    (question,) = of_kind(found, "question")
    assert (question["option"], question["proposal"]) == ("flags", "classes")
    assert [line["reason"] for line in of_kind(found, "not_imported")] == ["the answer to flags is needed"] * 3


def test_columns_of_zero_and_one_are_classes_when_the_answer_says_so(tmp_path: Path) -> None:
    found = inspected(write(tmp_path, FLAGS), flags="classes")
    labels = [(line["asset"], line["label"], line["type"]) for line in of_kind(found, "annotation")]
    assert labels == [
        ("a.jpg", "cat", "classification"),
        ("a.jpg", "dog", "classification"),
        ("c.jpg", "dog", "classification"),
    ]
    assert [line["labelled"] for line in of_kind(found, "asset")] == [True, True, True]


def test_columns_of_zero_and_one_are_members_of_the_image_when_the_answer_says_so(tmp_path: Path) -> None:
    found = inspected(write(tmp_path, FLAGS), flags="members")
    assert of_kind(found, "annotation") == []
    assert [line["extra"] for line in of_kind(found, "asset")][1] == {"cat": " 0", "dog": " 0"}
