"""What the documentation shows is what the tests run."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("name", ["v6/foveal-uppy.js", "v5/foveal-uppy5.js"])
def test_code_in_the_documentation_is_the_code_that_the_browser_tests_run(name: str) -> None:
    code = (ROOT / "tests/e2e/uppy" / name).read_text().rstrip()
    assert f"```js\n{code}\n```" in (ROOT / "docs/uppy.md").read_text()
