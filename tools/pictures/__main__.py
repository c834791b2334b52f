"""Take the pictures of docs/console.md from a running stack.

    python -m tools.pictures MEDIA [--only NAME]...

MEDIA is the folder `skimage/data` of the wheel of scikit-image 0.26.0 from PyPI, whose photos are free
(docs/pictures/README.md names them). The stack is the one that FOVEAL_STATE and the ports name; its project `atlas` is
filled once. A picture is a WebP of 1.5 device pixels a CSS pixel, in docs/pictures.
"""

import argparse
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from local.deployment import demo
from local.instance import Instance
from tests.e2e.console.galleries import SHOWN, opened
from tests.e2e.stack import Caller, Stack
from tests.e2e.uppy.browser import chromium
from tools.pictures.project import PROJECT, make

FOLDER: Final = Path(__file__).resolve().parents[2] / "docs/pictures"
QUALITY: Final = 82
WIDE: Final[dict[str, Any]] = {"viewport": {"width": 1280, "height": 800}, "device_scale_factor": 1.5}
PHONE: Final[dict[str, Any]] = {
    **{"viewport": {"width": 390, "height": 780}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("media", type=Path)
    parser.add_argument("--only", action="append", choices=list(PICTURES))
    chosen = parser.parse_args()
    stack = Stack(Instance.from_environment())
    caller = stack.caller(f"{PROJECT}:admin", "harbour:editor", "street:viewer")
    if not assets_of(caller):
        make(stack, caller, chosen.media)
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for name in chosen.only or PICTURES:
            PICTURES[name](Camera(browser, stack, caller, name))
        browser.close()


def assets_of(caller: Caller) -> dict[str, str]:
    """Return the id of each asset of the project by its file name."""
    body = {"limit": 500, "fields": ["file_name"]}
    found = caller.call("POST", f"/v1/projects/{PROJECT}/assets/search", body).json()["items"]
    return {each["file_name"]: each["asset_id"] for each in found}


class Camera:
    """Opens a page of the project and keeps its picture."""

    def __init__(self, browser: Browser, stack: Stack, caller: Caller, name: str) -> None:
        self._browser, self._stack, self.caller, self._name = browser, stack, caller, name

    def take(self, path: str, ready: Callable[[Page], None], **options: Any) -> None:
        """Open a path below the project, wait until `ready` returns, and write the picture."""
        with opened(self._browser, self._stack, self.caller, f"p/{PROJECT}/{path}", **{**WIDE, **options}) as page:
            ready(page)
            page.wait_for_timeout(1_500)  # pictures fade in
            with Image.open(io.BytesIO(page.screenshot())) as image:
                image.save(FOLDER / f"{self._name}.webp", quality=QUALITY, method=6)
        print(self._name, (FOLDER / f"{self._name}.webp").stat().st_size)

    def asset(self, file_name: str) -> str:
        return assets_of(self.caller)[file_name]


def gallery(page: Page) -> None:
    page.locator(SHOWN).nth(5).wait_for(timeout=60_000)
    page.wait_for_load_state("networkidle")


def viewer(label: str) -> Callable[[Page], None]:
    def ready(page: Page) -> None:
        page.get_by_role("row").filter(has_text=label).first.click(timeout=60_000)
        page.wait_for_load_state("networkidle")

    return ready


def review(page: Page) -> None:
    page.get_by_role("region", name="Annotation to review").wait_for(timeout=60_000)
    page.wait_for_load_state("networkidle")


def upload(page: Page) -> None:
    """Choose the sample media, and give them a tag; nothing is sent."""
    files = sorted(demo.SAMPLES.glob("*.*"))
    page.locator("input[type=file]").first.set_input_files([each for each in files if each.suffix != ".md"])
    page.get_by_label("Tags for all of them").fill("harbour")
    page.keyboard.press("Enter")


PICTURES: Final[dict[str, Callable[[Camera], None]]] = {
    "gallery": lambda camera: camera.take("assets?labels=0.3", gallery),
    "gallery-dark": lambda camera: camera.take("assets?tags=outdoor&labels=0.3", gallery, color_scheme="dark"),
    "viewer": lambda camera: camera.take(f"a/{camera.asset('coffee-1.jpg')}", viewer("cup")),
    "viewer-dark": lambda camera: camera.take(
        f"a/{camera.asset('astronaut-1.jpg')}", viewer("helmet"), color_scheme="dark"
    ),
    "video": lambda camera: camera.take(
        f"a/{camera.asset('earth.mp4')}?frame=75", viewer("India"), color_scheme="dark"
    ),
    "review": lambda camera: camera.take("review?field=yolo12", review),
    "diff": lambda camera: camera.take(
        "datasets?dataset=outdoor&version=2&show=compare&against=1",
        lambda page: page.get_by_role("list", name="Compare").wait_for(timeout=60_000),
    ),
    "upload": lambda camera: camera.take("upload", upload),
    "map": lambda camera: camera.take("assets?map=all", lambda page: page.wait_for_load_state("networkidle")),
    "phone-gallery": lambda camera: camera.take("assets", gallery, **PHONE),
    "phone-viewer": lambda camera: camera.take(
        f"a/{camera.asset('karts-1.jpg')}",
        lambda page: page.wait_for_load_state("networkidle"),
        **PHONE,
        color_scheme="dark",
    ),
}


if __name__ == "__main__":
    main()
