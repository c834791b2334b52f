"""Names of downloaded files: nothing that an uploader wrote leads out of the folder or fools a reader."""

import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveal.client.downloads import NameChooser, safe_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("lion.jpg", "lion.jpg"),
        ("Löwe 1 日本.jpg", "Löwe 1 日本.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\evil.exe", "evil.exe"),
        ("/etc/shadow", "shadow"),
        ("..", "ID"),
        ("", "ID"),
        ("a/", "ID"),
        (".bashrc", "bashrc"),
        ("a\x00b\nc\x1b[2J.jpg", "abc[2J.jpg"),
        ("\u202egpj.exe", "gpj.exe"),
        ("con.jpg", "_con.jpg"),
        ("a:b?.jpg", "a_b_.jpg"),
        ("lion.jpg. . ", "lion.jpg"),
        ("Lo\u0308we.jpg", "Löwe.jpg"),
    ],
)
def test_safe_name_is_a_visible_name_in_the_folder(name: str, safe: str) -> None:
    assert safe_name(name, "ID") == safe


@given(st.text(max_size=300))
def test_safe_name_never_leaves_its_folder(name: str) -> None:
    safe = safe_name(name, "ID")
    assert safe == os.path.basename(safe)  # noqa: PTH119  of any text
    assert Path("/folder", safe).resolve().parent == Path("/folder")
    assert safe not in ("", ".", "..")
    assert len(safe.encode()) <= 200
    assert not any(unicodedata.category(each) in ("Cc", "Cf") for each in safe)


def test_assets_of_one_name_get_names_of_their_own() -> None:
    chooser = NameChooser()
    ids = [f"01890000-0000-7000-8000-00000000000{number}" for number in range(3)]
    chosen = [chooser.choose(name, each) for name, each in zip(("A.jpg", "a.jpg", "a.jpg"), ids, strict=True)]
    assert chosen == ["A.jpg", "a-000000000001.jpg", "a-000000000002.jpg"]
    assert chooser.choose("a-000000000001.jpg", "other") == "a-000000000001-other.jpg"
