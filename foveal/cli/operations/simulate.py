"""Command `foveal simulate`: a day of a stage at any number of assets, by formulas and a fluid model."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from foveal.cli.options import AsJson
from foveal.cli.output import Output, console
from foveal.operations.cost import deployment, price_list
from foveal.operations.cost.deployment import Deployment
from foveal.operations.simulation import scenario
from foveal.operations.simulation.report import Report
from foveal.operations.simulation.report import simulate as run
from foveal.operations.simulation.scenario import Scenario

app = typer.Typer()

NAME_WIDTH: Final = 20
PROBLEMS: Final = (scenario.ScenarioError, price_list.PriceListError, deployment.TemplateError)


@app.command()
def simulate(
    assets: Annotated[
        float | None, typer.Option(help="Number of assets, 1e9; arrivals, annotations and views grow along.", min=1)
    ] = None,
    scenario_file: Annotated[
        Path | None, typer.Option("--scenario", help="TOML file whose parameters replace built-in ones.")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="A parameter, `arrivals_per_day=2e7`; may be repeated.")
    ] = None,
    template: Annotated[
        Path | None, typer.Option(help="CloudFormation template in JSON, for the fixed part of the bill.")
    ] = None,
    prices: Annotated[Path | None, typer.Option(help="TOML file with prices, as of `foveal cost`.")] = None,
    seed: Annotated[int, typer.Option(help="Of the noise of arrivals.")] = 1,
    sources: Annotated[bool, typer.Option("--sources", help="Show every parameter with its source.")] = False,
    as_json: AsJson = False,
) -> None:
    """Simulate a day of a stage: queue age, functions at once, writes of MongoDB, hits of the CDN, and a month's bill.

    Nothing is called or deployed. The model is of seconds; its parameters and their sources stand in
    foveal/operations/simulation/scenario.toml, and what it was checked against in docs/scale.md.
    """
    try:
        chosen = scenario.load(scenario_file) if scenario_file else scenario.default()
        chosen = chosen.at(assets) if assets is not None else chosen
        chosen = chosen.replaced(dict(map(_setting, settings or [])), "--set")
        listed = price_list.load(prices).over(price_list.built_in()) if prices else price_list.built_in()
        report = run(chosen, listed, deployment.load(template) if template else Deployment(), seed=seed)
    except PROBLEMS as error:
        raise typer.BadParameter(str(error)) from None
    output = Output(as_json=as_json)
    if as_json:
        output.json(
            {"bottleneck": report.bottleneck[0], **report.numbers(), "parameters": _parameters(report.scenario)}
        )
        return
    for name, text in _rows(report):
        _print(output, name, text)
    if sources:
        _print(output, "", "")
        for name, entry in _parameters(report.scenario).items():
            _print(output, name, f"{entry['value']}  {entry['source']}")


def _setting(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name, float(value)
    except ValueError:
        raise scenario.ScenarioError(f"--set takes name=number, not {text}") from None


def _parameters(s: Scenario) -> dict[str, dict[str, Any]]:
    values: Mapping[str, Any] = {**s.values, "hours": list(s.hours)}
    return {name: {"value": value, "source": s.sources[name]} for name, value in values.items()}


def _rows(report: Report) -> Iterator[tuple[str, str]]:
    """Yield name and text of each line of the report."""
    told, s = report.numbers(), report.scenario
    age, mongodb, cdn, usd = told["queue_age"], told["mongodb"], told["cdn"], told["usd"]
    yield "Scenario", f"{s['assets']:,.0f} assets; {told['arrivals']:,.0f} arrive in the day, bursts × {s['burst']:g}"
    if told["left_at_the_end"] >= 1:
        yield "Not done", f"{told['left_at_the_end']:,.0f} arrivals wait at the end of the day"
    if told["annotations_left"] >= 1:
        yield "Not done", f"{told['annotations_left']:,.0f} assets wait to be annotated at the end of the day"
    yield "Queue age", f"p50 {_time(age['p50'])} · p99 {_time(age['p99'])} · max {_time(age['max'])}"
    yield "Longest queue", f"{told['queue_longest']:,.0f} messages"
    delays = {"S3": told["upload_delay"]["max"], "EventBridge": told["delivery_delay"]["max"]}
    yield "Held back before", " · ".join(f"{name} {_time(seconds)} at most" for name, seconds in delays.items())
    functions = told["functions"]
    yield "Functions at once", f"mean {functions['mean']:.3g} · max {functions['max']:.3g} of {s['max_concurrency']:g}"
    name, limit = report.bottleneck
    others = " · ".join(f"{each} {value:,.0f}" for each, value in told["limits"].items() if each != name)
    yield "Narrowest part", f"{name}: {limit:,.0f} arrivals a second  ({others})"
    yield (
        "MongoDB",
        f"{s['shards']:g} shards, cache {s['cache_gb']:g} GB; indexes {mongodb['index_to_cache']:.2g} caches",
    )
    yield (
        "  an insert",
        f"reads {mongodb['pages_read']:.2g} pages; {mongodb['inserts_per_shard']:,.0f} a second and shard",
    )
    yield "  writes a second", f"mean {mongodb['writes_mean']:,.0f} · max {mongodb['writes_max']:,.0f}"
    yield "  load", f"mean {mongodb['load_mean']:.0%} · max {mongodb['load_max']:.0%}"
    yield "  all assets anew", f"{mongodb['import_hours']:,.3g} h"
    hot = told["hot_asset"]
    yield (
        "  hot asset",
        f"{s['hot_annotations']:,.0f} annotations: {_time(hot['seconds'])} to write, {hot['gigabytes']:.2g} GB and "
        f"{hot['share']:.2%} of its shard's annotations",
    )
    yield (
        "CDN",
        f"{cdn['edge_hits']:.1%} of requests answered at the edge; browsers keep {cdn['browser_hits']:.1%} of views",
    )
    yield "Bill", f"{usd['month']:,.0f} USD a month"
    services = sorted(((usd[each], each) for each in report.bill.services), reverse=True)
    yield "", " · ".join(f"{each} {value:,.0f}" for value, each in services if value >= 1)


def _time(seconds: float) -> str:
    """Return a time in the unit that fits: 12 s, 8.3 min, 14 h."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.3g} min" if seconds < 7_200 else f"{seconds / 3600:.3g} h"


def _print(output: Output, name: str, text: str) -> None:
    if not output.is_terminal:
        output.line(name.strip(), text)
        return
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 1))
    table.add_column(width=NAME_WIDTH, style="bright_black")
    table.add_column(overflow="fold")
    style = "bold red" if name == "Not done" else "bold" if name in ("Queue age", "Bill", "Narrowest part") else ""
    table.add_row(name, Text(text, style))
    console().print(table)
