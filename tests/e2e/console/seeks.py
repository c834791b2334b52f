"""Random seeks in a video of the console's viewer, each with the number that is read from the picture."""

import random
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Page, expect

from tests.e2e.console.clips import BITS

SHOWN: Final = """
async ({ frame, bits }) => {
  const canvas = document.querySelector('canvas[data-frame]')
  const deadline = performance.now() + 20000
  while (canvas.hidden || canvas.dataset.frame !== String(frame)) {
    if (performance.now() > deadline) return { number: -1, milliseconds: 20000 }
    await new Promise(requestAnimationFrame)
  }
  const { width, height } = canvas
  const row = canvas.getContext('2d').getImageData(0, height >> 1, width, 1).data
  let number = 0
  for (let bit = 0; bit < bits; bit += 1)
    if (row[4 * Math.floor(((bit + 0.5) * width) / bits)] > 120) number += 2 ** bit
  return { number, milliseconds: performance.now() - window.asked_of_test }
}
"""
STEPS: Final = {",": -1, ".": 1}


@dataclass(frozen=True)
class Seek:
    """A frame that was asked for, the number in the picture of it, and how long it took."""

    frame: int
    number: int
    milliseconds: float


def exact(page: Page) -> None:
    """Wait until the exact times of the frames are known, and their pictures can be had."""
    expect(page.get_by_role("slider", name="Frame")).to_be_visible()
    expect(page.get_by_text("approximate")).to_have_count(0)
    expect(page.locator("canvas[data-frame]")).to_be_visible()


def seek(page: Page, frame: int) -> Seek:
    """Go to a frame by its number."""
    field = page.get_by_role("textbox", name="Frame")
    field.fill(str(frame + 1))
    page.evaluate("window.asked_of_test = performance.now()")
    field.press("Enter")
    return _read(page, frame)


def step(page: Page, frame: int, key: str) -> Seek:
    """Go one frame back (`,`) or on (`.`) from a frame."""
    page.evaluate("window.asked_of_test = performance.now()")
    page.keyboard.press(key)
    return _read(page, frame + STEPS[key])


def random_seeks(page: Page, count: int, length: int) -> list[Seek]:
    """Go to random frames; after each fourth, one frame back and two on."""
    chance = random.Random(length)
    stage = page.locator("section[aria-describedby=stage-help]")
    found: list[Seek] = []
    while len(found) < count:
        frame = chance.randrange(length)
        found.append(seek(page, frame))
        if len(found) % 4 == 0 and 2 < frame < length - 3:
            stage.focus()
            for key in (",", ".", "."):
                found.append(step(page, found[-1].frame, key))
    return found[:count]


def _read(page: Page, frame: int) -> Seek:
    told = page.evaluate(SHOWN, {"frame": frame, "bits": BITS})
    return Seek(frame, told["number"], told["milliseconds"])
