"""Frames of videos in the console's viewer: random seeks in a real browser against a real stack, none of them wrong.

    python -m bench.console [--seeks 1000]

The frames spell their own number, which is read back from the picture: an even and a variable rate with B-frames and
open groups of pictures, an edit list, VP9 in WebM. The stack is one of its own; with FOVEAL_TEST_STACK=running the one
that FOVEAL_STATE and the ports name. Ends with 1 if any picture is another frame's. Prints one JSON object a line.
"""

import argparse
import sys
from statistics import quantiles

from playwright.sync_api import sync_playwright

from bench.console.stacks import running_stack
from bench.lines import compare_with_limit, note
from tests.e2e.console.clips import CLIPS, uploaded
from tests.e2e.console.seeks import Seek, exact, random_seeks
from tests.e2e.console.served import signed_in
from tests.e2e.stack import Stack
from tests.e2e.uppy.browser import chromium

PROJECT = "bench-console"
MAX_SEEK_MS = 600


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeks", type=int, default=1_000)
    each = parser.parse_args().seeks // len(CLIPS)
    with running_stack() as stack:
        found = {name: measure(stack, name, each) for name in CLIPS}
    wrong = 0
    for name, seeks in found.items():
        numbers = CLIPS[name]().numbers
        wrong += sum(seek.number != numbers[seek.frame] for seek in seeks)
        p95 = quantiles((seek.milliseconds for seek in seeks), n=20)[-1]
        compare_with_limit(f"frame shown after a seek, p95, {name}", p95, MAX_SEEK_MS, "ms", better="less")
    note(f"{sum(map(len, found.values()))} random seeks, {wrong} of them to another frame than asked for")
    return 1 if wrong else 0


def measure(stack: Stack, name: str, count: int) -> list[Seek]:
    editor, clip = stack.caller(f"{PROJECT}:editor"), CLIPS[name]()
    asset = uploaded(editor, PROJECT, clip)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = signed_in(browser, editor).new_page()
        page.goto(f"{stack.values['console_url']}p/{PROJECT}/a/{asset}")
        exact(page)
        found = random_seeks(page, count, len(clip.numbers))
        browser.close()
    return found


if __name__ == "__main__":
    sys.exit(main())
