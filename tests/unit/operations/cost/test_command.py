"""Command `foveal cost` with a workload that is given: lines, totals, projections, what-ifs, errors."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from foveal.cli.operations import cost
from foveal.cli.root import build
from tests.unit.operations.cost.test_bill import TEMPLATE


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "template.json").write_text(json.dumps(TEMPLATE))
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> list[dict[str, Any]]:
    told = CliRunner().invoke(build([cost]), ["cost", "--template", "template.json", "--json", *arguments])
    assert told.exit_code == 0, told.output
    return [json.loads(line) for line in told.stdout.splitlines()]


def test_every_line_has_meter_quantity_formula_price_source_and_date() -> None:
    *lines, totals = run("--usage", "small")
    for line in lines:
        assert {"meter", "quantity", "unit", "formula", "price", "source", "as_of", "usd", "basis"} <= line.keys()
        assert line["formula"]
    assert totals["total"]["month"] == pytest.approx(sum(line["usd"] for line in lines), abs=0.2)
    assert {line["basis"] for line in lines} == {"template", "modelled"}


def test_projection_takes_everything_along_and_what_if_changes_one_number() -> None:
    def storage(*arguments: str) -> tuple[float, float]:
        lines = {each.get("meter"): each for each in run("--usage", "small", *arguments)}
        return lines["s3.tags"]["quantity"], lines["api.requests"]["quantity"]

    tags, calls = storage()
    assert storage("--at", "1e9") == pytest.approx((tags * 1e4, calls * 1e4), rel=1e-3)
    assert storage("--objects", "1e6") == pytest.approx((tags * 10, calls), rel=1e-3)


def test_discount_and_own_prices_change_the_total(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        '[[price]]\nmeter = "kms.keys"\nservice = "Secrets and keys"\ntitle = "Keys"\nunit = "key"\n'
        'tiers = [[inf, 100]]\nsource = "our contract"\nas_of = 2026-11-01\noffer = "awskms"\n'
    )
    plain, own = run("--usage", "small")[-1], run("--usage", "small", "--prices", "mine.toml")[-1]
    assert own["total"]["month"] - plain["total"]["month"] == pytest.approx(99, abs=0.01)
    cheaper = run("--usage", "small", "--discount", "50")[-1]
    aws = plain["total"]["list"] - plain["services"]["MongoDB Atlas"]
    assert cheaper["total"]["discount"] == pytest.approx(aws / 2, abs=0.02)


def test_alternatives_are_told_with_what_they_cover() -> None:
    found = [each for each in run("--usage", "small", "--alternatives") if "alternative" in each]
    assert {each["alternative"] for each in found} == {"Supabase Storage", "Cloudflare R2", "Cloudinary"}
    assert all(each["covers"] and each["usd"] > 0 for each in found)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--usage", "huge"], "huge: "),
        (["--usage", "small", "--mongodb", "M7"], "M7 is not one of"),
        (["--usage", "small", "--prices", "absent.toml"], "absent.toml"),
        (["--usage", "small", "--template", "absent.json"], "absent.json"),
    ],
)
def test_bad_input_ends_in_words(arguments: list[str], told: str) -> None:
    result = CliRunner().invoke(build([cost]), ["cost", *arguments])
    assert result.exit_code == 2
    assert told in result.output


def test_lines_outside_a_terminal_have_tabs() -> None:
    told = CliRunner().invoke(build([cost]), ["cost", "--usage", "small", "--template", "template.json"])
    assert told.stdout.splitlines()[0].split("\t")[:2] == ["S3", "s3.standard"]
    assert "from memory" not in told.stderr
    assert "older than 180 days" in told.stderr


def test_prices_that_are_from_memory_are_counted_by_meter(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        '[[price]]\nmeter = "lambda.requests"\nservice = "Lambda"\ntitle = "Calls"\nunit = "request"\n'
        'tiers = [[inf, 1]]\nsource = "memory"\nas_of = 2026-11-01\nunverified = "price"\n'
    )
    told = CliRunner().invoke(
        build([cost]), ["cost", "--usage", "small", "--template", "template.json", "--prices", "mine.toml"]
    )
    assert len([line for line in told.stdout.splitlines() if "\tlambda.requests\t" in line]) == 2  # one of the journal
    assert "* 1 prices are in part from memory" in told.stderr
