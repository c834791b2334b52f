"""A program that uses the client passes mypy in strict mode, and one that misuses it does not."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SAMPLE = """
import asyncio

from foveal.client import APIError, AsyncFoveal, Foveal


def labels(project: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    with Foveal() as foveal:
        for asset in foveal.project(project).assets.search({"field": "width", "gte": 10}, fields=["label_summary"]):
            for entry in asset.get("label_summary", []):
                counts[entry["type"]] = counts.get(entry["type"], 0) + 1
    return counts


async def names(project: str) -> list[str]:
    async with AsyncFoveal() as foveal:
        zoo = foveal.project(project)
        try:
            print((await zoo.api.get_asset("a-1"))["status"], await zoo.assets["a-1"].url("thumbnail"))
        except APIError as error:
            print(error.code, error.request_id)
        async for result in zoo.annotations.bulk([{"op": "delete", "annotation_id": "x", "revision": 1}]):
            print(result)
        answer = await foveal.raw("GET", "/v1/assets/{asset_id}", path={"asset_id": "a-1"})
        print(answer.headers["etag"])
        return [asset["asset_id"] async for asset in zoo.assets.search("tags=night")]


asyncio.run(names("zoo"))
"""


def check(program: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    path = tmp_path / "sample.py"
    path.write_text(program)
    arguments = ["--strict", "--no-error-summary", "--cache-dir", str(ROOT / ".mypy_cache"), str(path)]
    return subprocess.run([sys.executable, "-m", "mypy", *arguments], cwd=ROOT, capture_output=True, text=True)


def test_sample_program_passes_mypy_strict_and_a_wrong_member_does_not(tmp_path: Path) -> None:
    assert check(SAMPLE, tmp_path).stdout == ""
    wrong = SAMPLE.replace('asset["asset_id"]', 'asset["id"]')
    assert "has no key" in check(wrong, tmp_path).stdout
