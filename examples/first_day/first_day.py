"""A first day with Foveal: pictures in, labels on them, found again, looked at, and a model trained on them.

    python examples/first_day/first_day.py [--pictures 2000] [--folder first-day]

Needs an address, a token and a project (`foveal login`, or `eval "$(.venv/bin/foveal env)"` for the local stack), NumPy
and Pillow. Every step may be repeated: what is there already is not sent, labelled or listed again.
"""

import argparse
import csv
import io
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from foveal.client import Foveal, Project
from foveal.training import FovealIterableDataset, Manifest

SHAPES = ("circle", "square", "triangle")
SIDE = 96
FIELD = "shape"  # the layer of the labels
MINE = {"field": "tags", "eq": "first-day"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=2_000)
    parser.add_argument("--folder", type=Path, default=Path("first-day"))
    chosen = parser.parse_args()
    with Foveal() as foveal:
        project = foveal.project()
        step("1  Pictures", f"{chosen.pictures} of circles, squares and triangles, with their labels in labels.csv")
        labels = make_pictures(chosen.folder / "pictures", chosen.pictures)
        step("2  Upload", "all of them; killed and repeated it would go on where it was")
        upload(chosen.folder / "pictures")
        wait_until_ready(project, chosen.pictures)
        step("3  Labels", "a classification for each picture, in one call")
        label(project, labels)
        step("4  Search", "by label, by fact, by attribute")
        search(project)
        step("5  Look", "thumbnails by signed URL")
        look(project, chosen.folder / "look.html")
        step("6  Train", "a small model, on a stream of the project")
        train(project, chosen.folder)


def make_pictures(folder: Path, count: int) -> dict[str, str]:
    """Draw pictures and return the label of each by its path; of equal numbers they are equal."""
    folder.mkdir(parents=True, exist_ok=True)
    labels = {f"{number:05d}.png": SHAPES[number % len(SHAPES)] for number in range(count)}
    for name, shape in labels.items():
        if not (folder / name).exists():
            draw(shape, random.Random(name)).save(folder / name)
    with (folder.parent / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("path", "shape"), *labels.items()])
    return labels


def draw(shape: str, chance: random.Random) -> Image.Image:
    """Draw a shape of random place, size and colour on noise."""
    noise = np.random.default_rng(chance.getrandbits(32)).integers(0, 60, (SIDE, SIDE, 3), dtype=np.uint8)
    picture = Image.fromarray(noise)
    radius = chance.randint(20, 36)
    x, y = (chance.randint(radius, SIDE - radius) for _ in range(2))
    colour = (chance.randint(120, 255), chance.randint(120, 255), chance.randint(120, 255))
    box = (x - radius, y - radius, x + radius, y + radius)
    pen = ImageDraw.Draw(picture)
    if shape == "circle":
        pen.ellipse(box, fill=colour)
    elif shape == "square":
        pen.rectangle(box, fill=colour)
    else:
        pen.polygon([(x, y - radius), (x - radius, y + radius), (x + radius, y + radius)], fill=colour)
    return picture


def upload(folder: Path) -> None:
    command = [sys.executable, "-c", "from foveal.cli import main; main()", "upload", str(folder)]
    subprocess.run([*command, "--tag", "first-day", "--attributes", str(folder.parent / "labels.csv")], check=True)


def wait_until_ready(project: Project, count: int) -> None:
    """Wait until the facts of all pictures are read."""
    started = time.monotonic()
    while (ready := number_of(project, {"and": [MINE, {"field": "status", "eq": "ready"}]})) < count:
        if time.monotonic() - started > 600:
            raise SystemExit(f"only {ready} of {count} are ready after ten minutes; `foveal status` says why")
        time.sleep(1)
    print(f"{ready} are ready: their facts are in the catalog")


def number_of(project: Project, filter: dict[str, Any]) -> int:
    given: Any = filter  # the generated types name each form of a filter
    answer: Any = project.api.aggregate_assets(project.name, aggregates={"all": {"count": {}}}, filter=given)
    return int(answer["aggregates"]["all"]["count"])


def label(project: Project, labels: dict[str, str]) -> None:
    """Write a classification for each picture that has none."""
    unlabelled = {"and": [MINE, {"not": {"annotations": {"any": {"field": FIELD}}}}]}
    found = project.assets.search(unlabelled, sort="created_at", fields=["file_name"])
    operations = [
        {
            "op": "create",
            "asset_id": asset["asset_id"],
            "annotation": {"type": "classification", "field": FIELD, "label": labels[asset["file_name"]]},
        }
        for asset in found
    ]
    results = [*project.annotations.bulk(operations)]
    print(f"{len(results)} labels written, {sum('problem' in result for result in results)} refused")


def search(project: Project) -> None:
    for shape in SHAPES:
        of_shape = {"and": [MINE, {"annotations": {"any": {"field": FIELD, "label": shape}}}]}
        print(f"{number_of(project, of_shape):>6}  label is {shape}")
    facts = {"and": [MINE, {"field": "width", "eq": SIDE}, {"field": "attributes.shape", "eq": "circle"}]}
    print(f"{number_of(project, facts):>6}  {SIDE} pixels wide, and a circle by the attribute of labels.csv")


def look(project: Project, page: Path) -> None:
    """Write a page with 24 pictures of each shape."""
    parts = ["<!doctype html><meta charset=utf-8><title>A first day</title>", STYLE]
    for shape in SHAPES:
        of_shape = {"and": [MINE, {"annotations": {"any": {"field": FIELD, "label": shape}}}]}
        page_of_assets = next(iter(project.assets.search(of_shape, fields=["file_name"], page_size=24).pages()))
        ids = [asset["asset_id"] for asset in page_of_assets]
        parts.append(f"<h2>{shape}</h2><div>")
        for signed in thumbnails(project, ids):
            parts.append(f'<img src="{signed}" alt="{shape}" width="{SIDE}" height="{SIDE}">')
        parts.append("</div>")
    page.write_text("\n".join(parts))
    print(f"open {page}; its URLs live for an hour")


STYLE = """<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem; padding: 0 1rem; color: #1d2630 }
h2 { font-size: 1rem; font-weight: 600; margin: 1.5rem 0 .5rem; text-transform: capitalize }
div { display: grid; grid-template-columns: repeat(12, 1fr); gap: 6px }
img { width: 100%; height: auto; border-radius: 4px; background: #e6e9ed }
</style>"""


def thumbnails(project: Project, ids: list[str]) -> list[str]:
    """Return the URLs of thumbnails, which are made when they are first asked for."""
    for _ in range(60):
        found = [*project.urls(ids, variant="thumbnail")]
        if all("url" in each for each in found):
            return [str(each["url"]) for each in found]
        time.sleep(1)
    problem = next(each["problem"] for each in found if "problem" in each)
    raise SystemExit(f"no thumbnails after a minute: {problem['detail']}")


def train(project: Project, folder: Path) -> None:
    """Train on four fifths of the stream and print the accuracy on the rest."""
    manifest = Manifest.list(folder / "manifest.jsonl", project.name, filter=MINE, fields=["label_summary"])
    dataset = FovealIterableDataset(manifest, transform=example, seed=7, cache_dir=folder / "cache")
    started = time.monotonic()
    pixels, classes = (np.array(column) for column in zip(*dataset, strict=True))
    print(f"{len(classes)} samples streamed in {time.monotonic() - started:.1f} s")
    split = len(classes) * 4 // 5
    weights = fit(pixels[:split], classes[:split])
    right = scores(weights, pixels[split:]).argmax(axis=1) == classes[split:]
    print(f"accuracy on the {len(right)} pictures that it has not seen: {right.mean():.1%}")


def example(sample: dict[str, Any]) -> tuple[np.ndarray[Any, Any], int]:
    """Return the shape as 16 x 16 pixels, cut out and scaled to fill them, and its class."""
    with Image.open(io.BytesIO(sample["data"])) as picture:
        grey = picture.convert("L").point([0] * 100 + [255] * 156)
    cut = grey.crop(grey.getbbox()).resize((16, 16))
    label = next(entry["label"] for entry in sample["label_summary"] if entry["field"] == FIELD)
    return np.asarray(cut, dtype=np.float64).ravel() / 255, SHAPES.index(label)


def fit(pixels: np.ndarray[Any, Any], classes: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the weights of a softmax regression (multinomial logistic regression) by gradient descent."""
    weights = np.zeros((pixels.shape[1] + 1, len(SHAPES)))
    wanted = np.eye(len(SHAPES))[classes]
    for _ in range(300):
        found = scores(weights, pixels)
        likely = np.exp(found - found.max(axis=1, keepdims=True))
        likely /= likely.sum(axis=1, keepdims=True)
        weights -= 0.05 * with_bias(pixels).T @ (likely - wanted) / len(classes)
    return weights


def scores(weights: np.ndarray[Any, Any], pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    found: np.ndarray[Any, Any] = with_bias(pixels) @ weights
    return found


def with_bias(pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.hstack([pixels, np.ones((len(pixels), 1))])


def step(name: str, what: str) -> None:
    print(f"\n\x1b[1m{name}\x1b[0m  {what}" if sys.stdout.isatty() else f"\n{name}  {what}", flush=True)


if __name__ == "__main__":
    main()
