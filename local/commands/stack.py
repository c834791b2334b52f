"""Commands for the local stack. They need a checkout of the repository, where `local/` and `infra/` are."""

import functools
import json
import shlex
import signal
import sys
from collections.abc import Callable
from typing import Annotated, ParamSpec

import typer
from rich.console import Console
from rich.table import Table

from local.instance import Instance, LocalStackError

P = ParamSpec("P")

app = typer.Typer()
console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
INTERRUPTED = 128 + signal.SIGINT


def explained(command: Callable[P, None]) -> Callable[P, None]:
    """Print the sentence of a LocalStackError instead of a traceback, and end quietly on Ctrl-C."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except LocalStackError as error:
            Console(stderr=True).print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            Console(stderr=True).print("Interrupted; what this command had started is stopped.", style="yellow")
            raise typer.Exit(INTERRUPTED) from None

    return run


@app.command()
@explained
def up(
    samples: Annotated[bool, typer.Option(help="Upload the sample media, and show them.")] = True,
) -> None:
    """Start the local stack, deploy it, and show what is in it; safe to run again."""
    from local.lifecycle import up

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    up(Instance.from_environment(), console, with_samples=samples)


@app.command()
@explained
def down() -> None:
    """Stop the local stack; its data stays."""
    from local.lifecycle import down

    stopped = down(Instance.from_environment())
    console.print(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running.")


@app.command()
@explained
def status(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Tell whether each part is healthy; exits with 1 when one is not."""
    from local.commands.status import report

    found = report(Instance.from_environment())
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    else:
        table = Table(box=None, pad_edge=False, show_header=False)
        for part in found["parts"]:
            mark = "[green]✓[/]" if part["healthy"] else "[red]✗[/]"
            table.add_row(mark, part["name"], f"[dim]{part['detail']}[/]")
        console.print(table)
        if found["assets"] is not None:
            console.print(f"{found['assets']} assets")
        for warning in found["warnings"]:
            console.print(warning, style="yellow", markup=False, soft_wrap=True)
    if not all(part["healthy"] for part in found["parts"]):
        raise typer.Exit(1)


@app.command()
@explained
def logs(
    name: Annotated[
        str | None,
        typer.Argument(help="Function or a part of its name, mongod, emulator, cdk; else all."),
    ] = None,
    lines: Annotated[int, typer.Option("--lines", "-n", help="How many of the last lines.")] = 50,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as lines come.")] = False,
) -> None:
    """Show what the functions, or the parts of the local stack, have logged."""
    from local.commands.logs import show

    show(Instance.from_environment(), name, lines, typer.echo, follow=follow)


@app.command()
@explained
def reset(yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Stop the local stack and forget all of its data."""
    from local.lifecycle import reset

    instance = Instance.from_environment()
    if not yes:
        typer.confirm(f"Delete everything in {instance.state}?", abort=True)
    reset(instance)
    console.print(f"Nothing is left in {instance.state}.")


@app.command()
@explained
def token() -> None:
    """Print an access token (JWT, good for an hour) of the demo user."""
    from local.deployment import demo, outputs

    typer.echo(demo.token(outputs.read(Instance.from_environment())))


@app.command()
@explained
def env() -> None:
    """Print shell variables for `eval`: addresses, PROJECT, TOKEN, FOVEAL_… of the clients, AWS_… of the account."""
    from local import cdk
    from local.deployment import demo, outputs

    values = outputs.read(Instance.from_environment())
    token = demo.token(values)
    shown = {
        "API": values["api_url"],
        "CDN": values["cdn_url"],
        **({"CONSOLE": values["console_url"]} if values.get("console_url") else {}),
        "PROJECT": values["project"],
        "TOKEN": token,
        "FOVEAL_API_URL": values["api_url"],
        "FOVEAL_PROJECT": values["project"],
        "FOVEAL_TOKEN": token,
        "AWS_ENDPOINT_URL": values["aws_endpoint_url"],
        "AWS_REGION": values["region"],  # of the SDKs in general; boto3 and version 1 of the AWS CLI read the other
        "AWS_DEFAULT_REGION": values["region"],
        **cdk.CREDENTIALS,
    }
    for name, value in shown.items():
        typer.echo(f"export {name}={shlex.quote(value)}")
