"""The map of the gallery: assets with positions, counted, zoomed into, found by area; in words for keys and readers."""

import io
import random
import re
import secrets
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from foveal.encoding.ids import new_id
from tests.e2e.console.galleries import assets, opened, shot
from tests.e2e.stack import PHOTO, Caller, Stack

CITIES: Final = {
    "hamburg": (9.99, 53.55, 120),
    "munich": (11.58, 48.14, 40),
    "tromso": (18.95, 69.65, 7),
    "suva": (178.44, -18.14, 9),
    "taveuni": (-179.98, -16.8, 5),
    "santiago": (-70.65, -33.45, 30),
}
"""Longitude, latitude, number of assets."""
UNPLACED: Final = 20
GPS_IFD: Final = 0x8825
SLOW_MS: Final = 60_000


def photo_at(longitude: float, latitude: float) -> bytes:
    """Return the sample photo with a position in its EXIF."""
    image = Image.open(io.BytesIO(PHOTO))
    exif = image.getexif()
    exif.get_ifd(GPS_IFD).update(
        {
            1: "N" if latitude >= 0 else "S",
            2: degrees(latitude),
            3: "E" if longitude >= 0 else "W",
            4: degrees(longitude),
        }
    )
    written = io.BytesIO()
    image.save(written, "JPEG", exif=exif)
    return written.getvalue()


def degrees(value: float) -> tuple[float, float, float]:
    whole, minutes = divmod(abs(value) * 60, 60)
    return whole, float(int(minutes)), (minutes % 1) * 60


@pytest.fixture(scope="module")
def placed(stack: Stack) -> tuple[str, Caller]:
    """A project of one photo with GPS, copies of it around some cities, and assets without a position."""
    project = f"places-{secrets.token_hex(4)}"
    caller = stack.caller(f"{project}:editor")
    content = photo_at(*CITIES["hamburg"][:2])
    ticket = caller.begin(project, content, "with-gps.jpg")
    assert caller.put(ticket, content).status_code == 200
    read = caller.ready(ticket["asset_id"])
    assert read["location"]["coordinates"] == pytest.approx(CITIES["hamburg"][:2], abs=1e-4)
    found, rng = assets(stack), random.Random(1)
    model = found.find_one({"_id": read["asset_id"]})

    def copy(name: str, **more: Any) -> dict[str, Any]:
        return {
            **model,
            "_id": new_id(),
            "file_name": name,
            **more,
        }

    def around(east: float, north: float) -> dict[str, Any]:
        longitude = (east + rng.gauss(0, 0.05) + 180) % 360 - 180
        return {"type": "Point", "coordinates": [longitude, north + rng.gauss(0, 0.03)]}

    documents = [
        copy(f"{city}-{number}.jpg", location=around(east, north), tags=[city, "night" if number % 2 else "day"])
        for city, (east, north, count) in CITIES.items()
        for number in range(count)
    ]
    bare = [copy(f"unplaced-{number}.jpg") for number in range(UNPLACED)]
    for document in bare:
        del document["location"]
    found.insert_many([*documents, *bare])
    return project, caller


PLACED: Final = sum(count for _, _, count in CITIES.values()) + 1


def test_map_counts_zooms_and_finds_by_area(
    browser: Browser, stack: Stack, placed: tuple[str, Caller], tmp_path: Path
) -> None:
    project, caller = placed
    with opened(browser, stack, caller, f"p/{project}/assets") as page:
        page.get_by_role("button", name="Map", exact=True).click()
        places = page.get_by_role("complementary", name="Places")
        expect(places.get_by_text(f"{PLACED} of {PLACED + UNPLACED} assets have a position")).to_be_visible(
            timeout=SLOW_MS
        )
        expect(places.get_by_role("button", name=re.compile(r"30 assets near 33\.\d° S, 70\.\d° W"))).to_be_visible()
        at_rest(page)
        shot(page, "places-world", tmp_path)
        places.get_by_role("button", name=re.compile(r"(121|161|168) assets near")).click()
        expect(page).to_have_url(re.compile(r"map=\d+"))
        at_rest(page)
        shot(page, "places-zoomed", tmp_path)

        page.get_by_role("application", name="Map of the assets").focus()
        latitude, longitude, zoom = view_of(page)
        east, north, closer, fitted = (pressed(page, key) for key in ("ArrowRight", "ArrowUp", "+", "0"))
        assert (east[0], east[2]) == (latitude, zoom)
        assert east[1] > longitude
        assert (north[1], north[2]) == (east[1], zoom)
        assert north[0] > latitude
        assert closer == (*north[:2], zoom + 1)
        assert fitted[2] < zoom
        near, west, south, away = (pressed(page, key) for key in ("+", "ArrowLeft", "ArrowDown", "-"))
        assert near[2] == pytest.approx(fitted[2] + 1, abs=0.02)
        assert west[1] < near[1]
        assert south[0] < west[0]
        assert away[2] == pytest.approx(fitted[2], abs=0.02)
        # A box around Fiji lies across the antimeridian: its link holds two boxes.
        page.goto(page.url.split("?")[0] + "?map=-17.5,179.2,6")
        expect(places.get_by_role("status")).to_contain_text("14 assets", timeout=SLOW_MS)
        at_rest(page)
        shot(page, "places-antimeridian", tmp_path)
        page.get_by_role("button", name="Search in this area").click()
        expect(page).to_have_url(re.compile(r"within=.*180.*-180"))
        expect(page.get_by_role("heading", name="Assets").locator("..")).to_contain_text("14 assets", timeout=SLOW_MS)
        shot(page, "places-area", tmp_path)
        page.get_by_role("button", name="Map", exact=True).click()
        expect(page.get_by_role("gridcell")).to_have_count(14, timeout=SLOW_MS)
        page.get_by_role("button", name=re.compile("Remove: Area")).click()
        expect(page.get_by_text(f"{PLACED + UNPLACED} assets")).to_be_visible(timeout=SLOW_MS)


def test_map_is_drawn_to_boxes_and_says_what_it_cannot_show(
    browser: Browser, stack: Stack, placed: tuple[str, Caller], tmp_path: Path
) -> None:
    project, caller = placed
    german: dict[str, Any] = {"locale": "de", "color_scheme": "dark"}
    with opened(browser, stack, caller, f"p/{project}/assets?map=50.8,10.8,6&tags=night", **german) as page:
        places = page.get_by_role("complementary", name="Orte")
        expect(places.get_by_role("status")).to_contain_text("80 Medien an 2 Orten im Bild", timeout=SLOW_MS)
        at_rest(page)
        shot(page, "places-dark", tmp_path)
        circle = page.locator("[data-place]").filter(has_text="60").bounding_box()
        assert circle
        x, y = circle["x"] + circle["width"] / 2, circle["y"] + circle["height"] / 2
        page.get_by_role("button", name="Rechteck ziehen").click()
        page.mouse.move(x - 50, y - 60)
        page.mouse.down()
        page.mouse.move(x + 40, y + 50, steps=4)
        shot(page, "places-dragged", tmp_path)
        page.mouse.up()
        expect(page.get_by_role("heading", name="Medien").locator("..")).to_contain_text("60 Medien", timeout=SLOW_MS)
        expect(page.get_by_role("button", name=re.compile("Entfernen: Gebiet"))).to_be_visible()
        shot(page, "places-boxed", tmp_path)
        page.mouse.click(x, y)
        expect(page).to_have_url(re.compile(r"map=53\.\d+%2C(9|10)\.\d+%2C(9|1\d)"))
        at_rest(page)
        shot(page, "places-deep", tmp_path)
        places.get_by_role("button", name=re.compile("[0-9]+ Medien zeigen")).first.click()
        expect(page).not_to_have_url(re.compile("map="))
    phone: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
    with opened(browser, stack, caller, f"p/{project}/assets?map=all", **phone) as page:
        places = page.get_by_role("complementary", name="Places")
        expect(places.get_by_role("status")).to_contain_text(f"{PLACED} assets", timeout=SLOW_MS)
        at_rest(page)
        shot(page, "places-phone", tmp_path)
        places.get_by_role("button", name=f"{UNPLACED} without a position").click()
        expect(page.get_by_role("gridcell").first).to_be_visible(timeout=SLOW_MS)
        page.get_by_role("button", name="Map", exact=True).click()
        expect(page.get_by_role("heading", name="No asset has a position")).to_be_visible(timeout=SLOW_MS)
        shot(page, "places-phone-empty", tmp_path)


def view_of(page: Page) -> tuple[float, float, float]:
    """Return latitude, longitude and zoom of the address."""
    latitude, longitude, zoom = map(float, parse_qs(urlsplit(page.url).query)["map"][0].split(","))
    return latitude, longitude, zoom


def pressed(page: Page, key: str) -> tuple[float, float, float]:
    """Press a key and return the view to which it leads."""
    before = page.url
    page.keyboard.press(key)
    expect(page).not_to_have_url(before)
    return view_of(page)


def at_rest(page: Page) -> None:
    """Wait until the view is in the address, its cells are counted and the outlines drawn."""
    page.wait_for_timeout(400)
    expect(page.locator("aside [data-counting]")).to_have_count(0, timeout=SLOW_MS)
    expect(page.locator("aside ol > li:not(:has(img))")).to_have_count(0, timeout=SLOW_MS)
