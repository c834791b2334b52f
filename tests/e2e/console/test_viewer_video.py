"""Videos in the viewer: the picture of each frame is the very frame of that number."""

import pytest

from tests.e2e.console.clips import CLIPS, uploaded
from tests.e2e.console.conftest import Open, Shot
from tests.e2e.console.seeks import exact, random_seeks
from tests.e2e.stack import Caller, Stack

PROJECT = "viewer-video"
SEEKS = 16
"""Of each video; `python -m bench.console` makes 1,000."""


@pytest.fixture(scope="module")
def editor(stack: Stack) -> Caller:
    return stack.caller(f"{PROJECT}:editor")


@pytest.mark.parametrize("name", CLIPS)
def test_picture_is_the_frame_of_its_number(open_console: Open, editor: Caller, shot: Shot, name: str) -> None:
    clip = CLIPS[name]()
    page = open_console(editor, f"p/{PROJECT}/a/{uploaded(editor, PROJECT, clip)}")
    exact(page)
    found = random_seeks(page, SEEKS, len(clip.numbers))
    shot(page, f"viewer-video-{name}")
    times = sorted(each.milliseconds for each in found)
    print(f"{name}: {len(found)} seeks, median {times[len(times) // 2]:.0f} ms, longest {times[-1]:.0f} ms")
    assert [(each.frame, each.number) for each in found] == [(each.frame, clip.numbers[each.frame]) for each in found]
