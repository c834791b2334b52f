"""Command `foveal cost`: the bill of a deployment, measured or modelled, and prices from AWS."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from foveal.cli import target
from foveal.cli.options import AsJson
from foveal.cli.output import Output
from foveal.operations.cost import alternatives, bulk_api, cluster, deployment, measured, price_list, workload
from foveal.operations.cost.bill import Quantity, priced, replaced
from foveal.operations.cost.cluster import Size
from foveal.operations.cost.deployment import Deployment
from foveal.operations.cost.workload import Workload

app = typer.Typer()
group = typer.Typer()
app.add_typer(group, name="cost")

LOCAL_STAGE: Final = "dev"
"""The local stack deploys this stage."""
SYNTHESIZED: Final = Path("cdk.out")
PROBLEMS: Final = (
    price_list.PriceListError,
    workload.WorkloadError,
    deployment.TemplateError,
    bulk_api.BulkApiError,
)

PricesFile = Annotated[
    Path | None, typer.Option("--prices", help="TOML file whose prices replace built-in ones, meter by meter.")
]


@group.callback(invoke_without_command=True)
def cost(
    context: typer.Context,
    stage: Annotated[str | None, typer.Option(help="A stage in AWS; the local stack when not given.")] = None,
    usage: Annotated[
        str | None,
        typer.Option(help="Instead of measuring: small, medium, large, or a TOML file with a workload."),
    ] = None,
    template: Annotated[
        Path | None,
        typer.Option(help="CloudFormation template in JSON; else that of the stack, or with --usage of cdk.out."),
    ] = None,
    at: Annotated[float | None, typer.Option(help="Project to this number of assets, 1e9.", min=1)] = None,
    objects: Annotated[float | None, typer.Option(help="What if there were so many assets.", min=0)] = None,
    bytes_: Annotated[float | None, typer.Option("--bytes", help="What if an asset had so many bytes.", min=0)] = None,
    tier: Annotated[
        str | None, typer.Option("--mongodb", help="Atlas tier of a shard, M30; else the smallest.")
    ] = None,
    shards: Annotated[int | None, typer.Option(help="Shards of MongoDB; else as many as are needed.", min=1)] = None,
    prices: PricesFile = None,
    discount: Annotated[float, typer.Option(help="Percent off the prices of AWS.", min=0, max=100)] = 0,
    compare: Annotated[bool, typer.Option("--alternatives", help="Also the bill of other products.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Formula, price and its source below each line.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what a deployment costs in a month: resources of its template, and its use times public prices.

    Use is measured (CloudWatch, bucket, catalog) from the first day of the month on and projected to the whole month,
    or modelled from a workload with --usage. A stage in AWS needs FOVEAL_MONGODB_URI.
    """
    if context.invoked_subcommand:
        return
    now = datetime.now(UTC)
    try:
        listed = _prices(prices)
        found = _modelled(stage, usage, template) if usage else _measured(stage, template, now)
        wanted, quantities, size = found.at(at=at, objects=objects, bytes_=bytes_)
        lines = [*quantities, cluster.quantity(size, tier=tier, shards=shards)]
        bill = priced(lines, listed, discount=discount / 100, elapsed=found.elapsed if found.is_now(wanted) else 0)
    except (*PROBLEMS, ValueError) as error:
        raise typer.BadParameter(str(error)) from None
    from foveal.cli.operations import cost_report

    output = Output(as_json=as_json)
    heading = f"{found.name} · {wanted.objects:,.0f} assets · USD a month, {price_list.REGION}"
    cost_report.show(output, bill, heading, elapsed=found.elapsed if found.is_now(wanted) else 0, explain=explain)
    if compare:
        cost_report.show_alternatives(output, alternatives.bills(wanted), bill)
    cost_report.warn_of_age(output, listed.older_than(price_list.MAX_AGE_DAYS, now.date()), price_list.MAX_AGE_DAYS)


@group.command()
def refresh(
    file: Annotated[Path, typer.Argument(help="File to write, for `foveal cost --prices FILE`.")],
    region: Annotated[str, typer.Option(help="Region whose prices are read.")] = price_list.REGION,
    address: Annotated[str, typer.Option(help="Address of the Price List.")] = bulk_api.ADDRESS,
    prices: PricesFile = None,
) -> None:
    """Read current prices from AWS's Price List Bulk API (public, no account needed) and write them into a file.

    Prices that the list does not have in one unambiguous form stay as they were, and are named.
    """
    import httpx2

    def fetch(path: str) -> bytes:
        with httpx2.Client(timeout=60, follow_redirects=True) as http:
            answer = http.get(address.rstrip("/") + path)
            answer.raise_for_status()
            return bytes(answer.content)

    try:
        result = bulk_api.refresh(_prices(prices), fetch, region)
    except PROBLEMS as error:
        raise typer.BadParameter(str(error)) from None
    except httpx2.HTTPError as error:
        raise typer.BadParameter(f"the Price List does not answer: {error}") from None
    file.write_text(price_list.dump(result.prices), encoding="utf-8")
    for before, after in result.changed.values():
        typer.echo(f"{before.title}: {before.words()} → {after.words()}")
    for meter, reason in result.kept.items():
        typer.echo(f"{meter} stays of {result.prices[meter].as_of}: {reason}")
    seen = len(result.prices) - len(result.kept)
    typer.echo(f"{seen} of {len(result.prices)} prices read, {len(result.changed)} changed; written to {file}")


class _Found:
    """Workload with its quantities, as they are now."""

    def __init__(
        self,
        name: str,
        now: Workload,
        stack: Deployment,
        *,
        size: Size | None = None,
        measured: tuple[Quantity, ...] = (),
        elapsed: float = 0,
    ) -> None:
        self.name, self.now, self.stack, self.elapsed = name, now, stack, elapsed
        self._size, self._measured = size, measured

    def is_now(self, other: Workload) -> bool:
        return other == self.now

    def at(
        self, *, at: float | None, objects: float | None, bytes_: float | None
    ) -> tuple[Workload, list[Quantity], Size]:
        """Return the workload that is asked for, with its quantities and the size of its catalog.

        `at` takes everything that happens to assets along; `objects` changes their number alone.
        """
        from dataclasses import replace

        wanted = self.now.at(at) if at is not None else self.now
        wanted = replace(wanted, objects=objects) if objects is not None else wanted
        wanted = replace(wanted, bytes_per_object=bytes_) if bytes_ is not None else wanted
        factor = wanted.objects / self.now.objects if self.now.objects else 1.0
        metrics = self._measured if objects is None and bytes_ is None else ()
        scaled = [each.scaled(factor) for each in metrics]
        quantities = replaced(workload.quantities(wanted, self.stack), scaled)
        size = self._size.at(factor) if self._size and self.now.objects else cluster.size_of(wanted)
        return wanted, [*self.stack.fixed, *quantities], size


def _modelled(stage: str | None, usage: str, template: Path | None) -> _Found:
    given = workload.profile(usage) if usage in workload.PROFILES else workload.load(Path(usage))
    file = template or next(iter(sorted(SYNTHESIZED.glob(f"Foveal-{stage or '*'}.template.json"))), None)
    if file is None:
        typer.echo("No --template and none in cdk.out: fixed costs are left out.", err=True)
    return _Found(f"Workload {usage}", given, deployment.load(file) if file else Deployment())


def _measured(stage: str | None, template: Path | None, now: datetime) -> _Found:
    from foveal.database import client

    place = target.find(stage)
    month = measured.Month.until(now)
    name = target.STACK.format(stage=stage or LOCAL_STAGE)
    cloudformation = target.client("cloudformation")
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
    resources = [each for page in pages for each in page["StackResourceSummaries"]]
    stack = deployment.load(template) if template else _deployed(cloudformation, name)
    database = client.connect(*place.catalog)
    metrics = {
        "cloudwatch": target.client("cloudwatch"),
        "cloudfront_metrics": target.client("cloudwatch", "us-east-1"),
    }
    assets = database.assets.estimated_document_count()
    stored = measured.stored(target.client("s3"), metrics["cloudwatch"], place.bucket, assets, month)
    return _Found(
        f"Foveal {stage or 'of the local stack'}, {month.hours / 24:.1f} days measured",
        measured.workload(database, stored, month),
        stack,
        size=measured.catalog_size(database),
        measured=tuple(measured.quantities(metrics, resources, stack, place.bucket, month)),
        elapsed=month.elapsed,
    )


def _deployed(cloudformation: Any, name: str) -> Deployment:
    import json

    body = cloudformation.get_template(StackName=name)["TemplateBody"]
    return deployment.read(json.loads(body) if isinstance(body, str) else body)


def _prices(file: Path | None) -> price_list.PriceList:
    base = price_list.built_in()
    return price_list.load(file).over(base) if file else base
