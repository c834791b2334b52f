"""Reader of CVAT for video 1.1: tracks, frames of the source video, keyframes, places outside, tasks of a project."""

from pathlib import Path

import pytest

from tests.unit.formats.cvat.documents import LABELS, document, lines, video
from tests.unit.formats.reading import Line, of_kind

BOX = '<box frame="{}" keyframe="{}" outside="{}" occluded="0" xtl="1" ytl="2" xbr="4.5" ybr="6" z_order="0"/>'


def track(*places: tuple[int, int, int], **attributes: object) -> str:
    """Return a track with boxes at (frame, keyframe, outside)."""
    given = {"id": 0, "label": "car", "source": "manual"} | attributes
    text = " ".join(f'{name}="{value}"' for name, value in given.items())
    return f"<track {text}>\n    {''.join(BOX.format(*place) for place in places)}\n  </track>"


def annotations(folder: Path, text: str, **options: str) -> list[Line]:
    return of_kind(lines(folder, text, **options), "annotation")


def test_track_is_an_annotation_and_so_is_each_of_its_places(tmp_path: Path) -> None:
    found = lines(tmp_path, video(track((0, 1, 0), (1, 0, 0), (2, 1, 1), group_id=3)))
    asset, (whole, *places) = of_kind(found, "asset")[0], of_kind(found, "annotation")
    assert (asset["file_name"], asset["width"], asset["height"]) == ("drive.mp4", 100, 80)
    assert (whole["type"], whole["track_id"], whole["label"], whole["group_id"]) == ("track", "0", "car", "3")
    assert [(each["frame_index"], each["keyframe"], each["outside"]) for each in places] == [
        (0, True, False),
        (1, False, False),
        (2, True, True),
    ]
    assert [each.get("interpolated") for each in places] == [None, True, None]
    assert {each["track_id"] for each in places} == {"0"}
    assert {each["label"] for each in places} == {"car"}
    assert places[0]["bbox_px"] == [1, 2, 3.5, 4]
    assert places[0]["source"] == "manual"


def test_frames_count_in_the_source_video_whatever_the_frame_step(tmp_path: Path) -> None:
    text = video(track((10, 1, 0), (15, 1, 1)), start_frame=10, stop_frame=40, frame_filter="step=5")
    found = lines(tmp_path, text)
    assert [each["frame_index"] for each in of_kind(found, "annotation")[1:]] == [10, 15]
    assert of_kind(found, "asset")[0]["extra"] == {
        "size": "50",
        "mode": "interpolation",
        "start_frame": "10",
        "stop_frame": "40",
        "frame_filter": "step=5",
    }
    assert not of_kind(found, "warning")


def test_frames_that_the_task_does_not_show_are_told_and_kept(tmp_path: Path) -> None:
    found = lines(tmp_path, video(track((0, 1, 0), (12, 1, 0)), start_frame=10, frame_filter="step=5"))
    assert [line["code"] for line in of_kind(found, "warning")] == ["frame_of_no_task"]
    assert [each["frame_index"] for each in of_kind(found, "annotation")[1:]] == [0, 12]


def test_track_that_returns_and_one_that_never_ends_stay_as_they_are(tmp_path: Path) -> None:
    found = annotations(tmp_path, video(track((0, 1, 0), (3, 1, 1), (9, 1, 0))))
    assert [(each["frame_index"], each["outside"]) for each in found[1:]] == [(0, False), (3, True), (9, False)]


def test_shape_of_one_frame_stays_a_track(tmp_path: Path) -> None:
    text = video(track((4, 1, 0), (5, 1, 1)) + track((4, 1, 0), (5, 1, 1), id=1))
    found = annotations(tmp_path, text)
    assert [each["track_id"] for each in found] == ["0"] * 3 + ["1"] * 3


def test_skeleton_of_a_track_is_outside_when_all_its_points_are(tmp_path: Path) -> None:
    point = '<points label="{}" outside="{}" occluded="0" keyframe="{}" points="1,2"></points>'
    places = "".join(
        f'<skeleton frame="{frame}" keyframe="1" z_order="0">{point.format("nose", a, 1)}{point.format("tail", b, 0)}'
        "</skeleton>"
        for frame, a, b in ((0, 0, 1), (1, 1, 1))
    )
    first, second = annotations(tmp_path, video(f'<track id="1" label="dog">{places}</track>'))[1:]
    assert [point["visibility"] for point in first["keypoints"]] == [2, 0]
    assert "outside" not in first
    assert second["outside"] is True
    assert first["extra"] == {"points": {"0": {"keyframe": "1"}, "1": {"keyframe": "0"}}}


def test_mask_of_a_track_is_read(tmp_path: Path) -> None:
    mask = '<mask frame="2" keyframe="1" outside="0" occluded="0" rle="0, 6" left="1" top="2" width="3" height="2"/>'
    found = annotations(tmp_path, video(f'<track id="1" label="car">{mask}</track>'))[1]
    assert (found["mask"]["counts"], found["frame_index"]) == ([0, 6], 2)


def test_tracks_of_several_tasks_come_video_by_video_in_any_order(tmp_path: Path) -> None:
    tasks = "".join(
        f"<task><id>{number}</id><name>t{number}</name><subset>{subset}</subset><mode>interpolation</mode>"
        f"<source>{number}.mp4</source></task>"
        for number, subset in ((7, "Train"), (8, "Test"), (9, "Test"))
    )
    tracks = "".join(track((0, 1, 0), id=number, task_id=task) for number, task in enumerate((8, 7, 8)))
    found = lines(tmp_path, document(tracks, f"<project>{LABELS}<tasks>{tasks}</tasks></project>"))
    assert [(line["file_name"], line["split"]) for line in of_kind(found, "asset")] == [
        ("7.mp4", "Train"),
        ("8.mp4", "Test"),
        ("9.mp4", "Test"),
    ]
    whole = [each for each in of_kind(found, "annotation") if each["type"] == "track"]
    assert [(each["asset"], each["track_id"]) for each in whole] == [("7.mp4", "1"), ("8.mp4", "0"), ("8.mp4", "2")]
    assert [each["pointer"] for each in whole] == [f"/annotations/track[{number}]" for number in (2, 1, 3)]


def test_video_without_a_name_is_asked_for(tmp_path: Path) -> None:
    text = video(track((0, 1, 0)), source=None, name=None)
    found = lines(tmp_path, text)
    assert of_kind(found, "question")[0]["option"] == "video"
    assert found[-1]["not_imported"] == found[-1]["records"] == 2
    assert annotations(tmp_path, text, video="x.mp4")[0]["asset"] == "x.mp4"


def test_video_is_named_by_its_task_with_a_warning(tmp_path: Path) -> None:
    found = lines(tmp_path, video(track((0, 1, 0)), source=None))
    assert of_kind(found, "asset")[0]["file_name"] == "drive"
    assert of_kind(found, "warning")[0]["code"] == "video_named_by_task"


def test_second_track_of_an_id_gets_another(tmp_path: Path) -> None:
    found = lines(tmp_path, video(track((0, 1, 0)) + track((0, 1, 0))))
    assert [each["track_id"] for each in of_kind(found, "annotation")] == ["0", "0", "0_2", "0_2"]
    assert of_kind(found, "warning")[0]["code"] == "track_id_twice"


@pytest.mark.parametrize(
    ("place", "part"),
    [
        ('<box keyframe="1" outside="0" xtl="1" ytl="2" xbr="4" ybr="6"/>', "frame is missing"),
        ('<box frame="-1" keyframe="1" outside="0" xtl="1" ytl="2" xbr="4" ybr="6"/>', "frame is '-1'"),
        ('<box frame="1" keyframe="x" outside="0" xtl="1" ytl="2" xbr="4" ybr="6"/>', "keyframe is 'x'"),
        ('<attribute name="a">b</attribute>', "no shape"),
    ],
)
def test_place_that_cannot_be_read_is_told_and_the_track_stays(tmp_path: Path, place: str, part: str) -> None:
    found = lines(tmp_path, video(f'<track id="0" label="car">{place}</track>'))
    assert part in of_kind(found, "not_imported")[0]["reason"]
    assert len(of_kind(found, "annotation")) == 1


def test_video_without_tracks_is_an_asset(tmp_path: Path) -> None:
    assert of_kind(lines(tmp_path, video("")), "asset")[0]["file_name"] == "drive.mp4"
