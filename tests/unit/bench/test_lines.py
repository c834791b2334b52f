"""Lines of benchmarks: the agreed form, and a ratio that says how many times better ours is."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import __main__ as bench
from bench import lines

POSITIVE = st.floats(1e-6, 1e9)
FOLDER = Path(bench.__file__).parent


def printed(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    line: dict[str, object] = json.loads(out)
    return line


@pytest.mark.parametrize(("better", "ratio"), [("less", 4.0), ("more", 0.25)])
def test_line_has_the_agreed_members_and_a_ratio_in_the_direction_that_is_better(
    better: lines.Better, ratio: float, capsys: pytest.CaptureFixture[str]
) -> None:
    lines.compare("cold start", 5, 20, "ms", better=better, goal=2)
    assert printed(capsys) == {"name": "cold start", "ours": 5, "peer": 20, "unit": "ms", "ratio": ratio, "goal": 2}


def test_limit_of_the_requirements_stands_in_the_place_of_the_peer(capsys: pytest.CaptureFixture[str]) -> None:
    lines.compare_with_limit("page", 10, 25, "ms p95", better="less")
    line = printed(capsys)
    assert (line["name"], line["peer"], line["ratio"], line["goal"]) == ("page, against its limit", 25, 2.5, 1)


@given(ours=POSITIVE, peer=POSITIVE)
def test_ratio_is_at_least_one_exactly_when_ours_is_no_worse(ours: float, peer: float) -> None:
    ratios = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("builtins.print", lambda text, **_: ratios.append(json.loads(text)["ratio"]))
        lines.compare("n", ours, peer, "ms", better="less")
        lines.compare("n", ours, peer, "1/s", better="more")
    less, more = ratios
    assert less >= 1 if ours <= peer else less <= 1
    assert more >= 1 if ours >= peer else more <= 1


def test_notes_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    lines.note("left out")
    assert capsys.readouterr() == ("", "left out\n")


def test_make_bench_runs_the_benchmarks_of_the_folder() -> None:
    runnable = [path for path in FOLDER.rglob("*.py") if 'if __name__ == "__main__"' in path.read_text()]
    names = {".".join(path.relative_to(FOLDER).with_suffix("").parts) for path in runnable}
    single = {name for name in names if "." not in name}
    packages = {path.parent.name for path in FOLDER.glob("*/__main__.py")}
    assert {name for name in bench.SMALL if "." not in name} == (single | packages) - {"__main__"}
    assert {name for name in bench.SMALL if "." in name} <= names


def test_options_of_make_bench_are_those_of_each_benchmark() -> None:
    for name, options in bench.SMALL.items():
        path = FOLDER.joinpath(*name.split("."))
        sources = path.glob("*.py") if path.is_dir() else [path.with_suffix(".py")]
        source = "".join(each.read_text() for each in sources)
        unknown = [each for each in options if each.startswith("--") and f'"{each}"' not in source]
        assert unknown == [], name
