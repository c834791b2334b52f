"""The example of Uppy builds in the strict TypeScript template of Vite."""

from pathlib import Path

from tests.e2e.javascript.page import build_client
from tools.node import program

EXAMPLE = Path(__file__).resolve().parents[2] / "examples/uppy"


def test_uppy_example_compiles_and_builds(tmp_path: Path) -> None:
    build_client()
    program(EXAMPLE, "tsc")
    program(EXAMPLE, "vite", "build", "--outDir", str(tmp_path / "dist"))
    assert (tmp_path / "dist/index.html").exists()
