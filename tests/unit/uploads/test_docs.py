"""Requests in the documentation are those that the tests run."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


DOCUMENT = (ROOT / "docs/uppy.md").read_text()


def test_code_for_uppy_5_is_the_code_that_the_browser_tests_run() -> None:
    code = (ROOT / "tests/e2e/uppy/v5/foveal-uppy5.js").read_text().rstrip()
    assert f"```js\n{code}\n```" in DOCUMENT


def test_code_for_uppy_6_is_the_example_that_builds() -> None:
    code = (ROOT / "examples/uppy/src/main.ts").read_text().rstrip()
    assert f"```ts\n{code}\n```" in DOCUMENT
