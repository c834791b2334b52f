"""Command `foveal simulate`: numbers of a report, the scenario file, errors in words."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from foveal.cli.operations import simulate
from foveal.cli.root import build
from foveal.operations.simulation import scenario


def run(*arguments: str) -> dict[str, Any]:
    told = CliRunner().invoke(build([simulate]), ["simulate", "--json", *arguments])
    assert told.exit_code == 0, told.output
    found: dict[str, Any] = json.loads(told.stdout)
    return found


def test_report_of_a_billion_has_queue_functions_writes_hits_and_bill() -> None:
    told = run("--assets", "1e9")
    assert told["queue_age"].keys() == {"p50", "p99", "max"}
    assert told["arrivals"] == pytest.approx(1e7, rel=0.01)  # the default's share of assets a day
    assert told["bottleneck"] == "MongoDB"
    assert 0 < told["cdn"]["edge_hits"] < 1
    assert told["usd"]["month"] == pytest.approx(sum(told["usd"].values()) - told["usd"]["month"])
    assert told["parameters"]["shards"]["value"] == 9  # docs/scale.md
    assert told["parameters"]["assets"]["source"] == "in proportion to 1,000,000,000 assets"


def test_scenario_file_and_settings_lie_over_the_default(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('assets = 1e6\n[iops]\nvalue = 16000\nsource = "our volume"\n')
    told = run("--scenario", str(file), "--set", "burst=1")
    assert told["assets"] == 1e6
    assert told["parameters"]["iops"] == {"value": 16_000, "source": "our volume"}
    assert told["parameters"]["burst"] == {"value": 1, "source": "--set"}


def test_every_parameter_of_the_default_has_a_source() -> None:
    default = scenario.default()
    assert set(default.sources) == {*default.values, "hours"}
    assert all(default.sources.values())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("colour = 1", "unknown parameter colour"),
        ("iops = 0", "iops is a number above 0"),
        ("noise = 2", "noise is a share"),
        ("hours = [1]", "hours are 24 numbers"),
        ("hours = 3", "hours are 24 numbers"),
        ("iops = 'many'", "iops is a number"),
        ("[iops]\nsource = 'x'", "iops has no value"),
        ("iops", "Expected"),
    ],
)
def test_scenario_file_with_faults_ends_in_words(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text)
    result = CliRunner().invoke(build([simulate]), ["simulate", "--scenario", str(file)])
    assert result.exit_code == 2
    assert told in " ".join(result.output.replace("│", " ").split())


@pytest.mark.parametrize("setting", ["iops", "iops=many", "colour=1"])
def test_setting_with_faults_ends_in_words(setting: str) -> None:
    result = CliRunner().invoke(build([simulate]), ["simulate", "--set", setting])
    assert result.exit_code == 2
    assert setting.partition("=")[0] in result.output


def test_report_outside_a_terminal_has_a_line_for_each_number() -> None:
    told = CliRunner().invoke(build([simulate]), ["simulate", "--sources"])
    names = [line.split("\t")[0] for line in told.stdout.splitlines()]
    assert {"Queue age", "Functions at once", "Narrowest part", "CDN", "Bill", "iops"} <= set(names)
