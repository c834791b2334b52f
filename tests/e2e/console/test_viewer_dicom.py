"""Windows of a grey DICOM picture in the viewer: the pixels on the screen are the formula of the standard."""

import re
import uuid
from typing import Any

import numpy as np
from playwright.sync_api import Page, expect

from tests.e2e.console.conftest import Open, Shot
from tests.e2e.stack import Stack
from tests.unit.render.test_dicom import by_the_standard, file_of

PROJECT = "viewer-dicom"
PIXELS = """
() => {
  const canvas = document.querySelector('canvas[data-window]')
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
  return Array.from({ length: data.length / 4 }, (_, at) => data[4 * at])
}
"""


def tomogram() -> np.ndarray[tuple[int, int], np.dtype[np.uint16]]:
    """A body in air, with lungs, fat, bone; Hounsfield units + 1024."""
    y, x = np.mgrid[-1:1:256j, -1:1:256j]
    values = np.full(x.shape, -1000.0)
    for a, b, width, height, hounsfield in (
        *((0, 0, 0.9, 0.7, -90), (0, 0, 0.82, 0.62, 45), (-0.4, -0.05, 0.28, 0.4, -780), (0.4, -0.05, 0.28, 0.4, -820)),
        *((0, 0.4, 0.12, 0.12, 700), (0, -0.1, 0.14, 0.2, 60)),
    ):
        values[((x - a) / width) ** 2 + ((y - b) / height) ** 2 < 1] = hounsfield
    values += 20 * np.sin(40 * x) * np.cos(37 * y)
    return (values + 1024).astype(np.uint16)


def test_window_on_screen_is_that_of_the_standard(open_console: Open, stack: Stack, shot: Shot) -> None:
    editor = stack.caller(f"{PROJECT}:editor")
    stored = tomogram()
    tags = {"Modality": "CT", "RescaleSlope": 1, "RescaleIntercept": -1024, "WindowCenter": 40, "WindowWidth": 400}
    content = file_of(stored, **tags).getvalue()
    ticket = editor.begin(PROJECT, content, "thorax.dcm", content_type="application/dicom")
    assert editor.put(ticket, content).status_code == 200
    asset = editor.ready(ticket["asset_id"])["asset_id"]
    page = open_console(editor, f"p/{PROJECT}/a/{asset}")
    values = stored.astype(float) - 1024

    def differs(center: float, width: float) -> int:
        expect(page.locator(f'canvas[data-window="{center:g},{width:g}"]')).to_be_visible()
        found = np.array(page.evaluate(PIXELS)).reshape(stored.shape)
        return int(np.abs(found - np.floor(by_the_standard(values, center, width) + 0.5)).max())

    form = page.get_by_role("region", name="Window")
    expect(form).to_be_visible()
    expect(page.locator("canvas[data-window]")).to_have_count(0)
    shot(page, "viewer-dicom-default")
    choose(page, "Lung")
    assert differs(-600, 1500) == 0
    expect(page).to_have_url(re.compile(r"window=-600(,|%2C)1500"))
    shot(page, "viewer-dicom-lung")

    form.get_by_role("button", name="Adjust the window").click()
    stage = page.locator("section[aria-describedby=stage-help]")
    box = stage.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y - 40, steps=4)
    page.mouse.up()
    width, center = (float(form.get_by_label(name).input_value()) for name in ("Width", "Center"))
    assert width > 1500
    assert center < -600
    assert differs(center, width) == 0
    page.keyboard.press("ArrowUp")
    expect(form.get_by_label("Center")).not_to_have_value(f"{center:g}")
    shot(page, "viewer-dicom-adjusted")

    page.reload()
    expect(form.get_by_label("Width")).to_have_value(f"{width:g}")
    stage.press("d")
    expect(page.locator("canvas[data-window]")).to_have_count(0)


def test_frames_of_a_series_are_shown_one_by_one_with_their_labels(
    open_console: Open, stack: Stack, shot: Shot
) -> None:
    editor = stack.caller(f"{PROJECT}:editor")
    stored = np.stack([np.roll(tomogram(), 20 * at, axis=1) for at in range(5)])
    tags = {"WindowCenter": 1064, "WindowWidth": 400, "VOILUTFunction": "SIGMOID", "PatientID": uuid.uuid4().hex}
    content = file_of(stored, **tags).getvalue()
    ticket = editor.begin(PROJECT, content, "series.dcm", content_type="application/dicom")
    assert editor.put(ticket, content).status_code == 200
    asset = editor.ready(ticket["asset_id"])
    assert asset["frame_count"] == 5
    box = {"type": "detection", "field": "gt", "label": "heart", "bbox": [0.4, 0.4, 0.2, 0.2], "frame_index": 3}
    made = editor.call("POST", f"/v1/assets/{asset['asset_id']}/annotations", {"annotation": box})
    assert made.status_code < 300, made.text
    page = open_console(editor, f"p/{PROJECT}/a/{asset['asset_id']}?frame=2")
    slider = page.get_by_role("slider", name="Frame")
    expect(page.locator('canvas[data-frame="2"]')).to_be_visible()
    expect(slider).to_have_attribute("aria-valuetext", "Frame 3 of 5")
    expect(page.get_by_role("region", name="Annotations and facts").get_by_text("heart")).to_have_count(0)
    page.locator("section[aria-describedby=stage-help]").press(".")
    expect(page.locator('canvas[data-frame="3"]')).to_be_visible()
    expect(page).to_have_url(re.compile("frame=3"))
    shot(page, "viewer-dicom-frame")

    choose(page, "Full range")
    canvas = page.locator("canvas[data-window]")
    expect(canvas).to_be_visible()
    low, high = int(stored[3].min()), int(stored[3].max())
    assert differs(page, stored[3], by_the_standard(stored[3].astype(float), (low + high + 1) / 2, high - low + 1)) == 0
    page.get_by_role("region", name="Window").get_by_label("Center").fill("1064")
    page.get_by_role("region", name="Window").get_by_label("Width").fill("400")
    page.keyboard.press("Enter")
    expect(page.locator('canvas[data-window="1064,400"]')).to_be_visible()
    assert differs(page, stored[3], 255 / (1 + np.exp(-4 * (stored[3] - 1064.0) / 400))) == 0

    slider.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "Frame 1 of 5")
    expect(page.locator('canvas[data-window="1064,400"]')).to_have_css("opacity", "1")
    assert differs(page, stored[0], 255 / (1 + np.exp(-4 * (stored[0] - 1064.0) / 400))) == 0


def differs(page: Page, stored: np.ndarray[Any, Any], expected: np.ndarray[Any, Any]) -> int:
    found = np.array(page.evaluate(PIXELS)).reshape(stored.shape)
    return int(np.abs(found - np.floor(expected + 0.5)).max())


def choose(page: Page, name: str) -> None:
    page.get_by_role("region", name="Window").get_by_role("button", name="Default Window").first.click()
    page.get_by_role("option", name=name).click()
