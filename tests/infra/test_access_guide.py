"""The stage settings that docs/access.md shows are accepted as they stand there."""

import re
import tomllib
from pathlib import Path

import pytest

from infra import config

GUIDE = (Path(__file__).resolve().parents[2] / "docs/access.md").read_text()
REST = 'allowed_origins = ["https://app.example.org"]\n[mongodb]\nsecret_name = "foveal/mongodb"\n'
SNIPPETS = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)


@pytest.mark.parametrize("snippet", SNIPPETS, ids=range(len(SNIPPETS)))
def test_settings_of_the_access_guide_are_valid(snippet: str, tmp_path: Path) -> None:
    (tmp_path / "test.toml").write_text(REST + snippet)
    auth = config.load("test", tmp_path).auth
    shown = tomllib.loads(snippet)["auth"]
    assert (auth.issuer, auth.roles_claim) == (shown.get("issuer"), shown.get("roles_claim", "cognito:groups"))
