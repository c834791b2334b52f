"""Life cycle of a stack: up (each step with its duration), down, reset."""

import contextlib
import fcntl
import shutil
import time
from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.table import Table

from foveal.database import client
from foveal.database.migration import migrate
from infra import config
from local.deployment import console as console_site
from local.deployment import demo, outputs, stack_deployment
from local.instance import STAGE, Instance, LocalStackError
from local.processes import emulator_process, mongod


def up(instance: Instance, console: Console, *, with_samples: bool = True) -> None:
    """Start what does not run, deploy what changed, and show what is there. Raises LocalStackError.

    When this is interrupted, or a step before the console fails, what this call has started is stopped again.
    """
    instance.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    started_at = time.monotonic()
    has_console = config.load(STAGE, instance.stages).has_console
    building = console_site.ConsoleBuild(instance) if has_console else contextlib.nullcontext()
    with _alone(instance), building as build, contextlib.ExitStack() as undo:
        instance.remember()
        with _step(console, "MongoDB"):
            if mongod.start(instance):
                undo.callback(mongod.stop, instance)
        with _step(console, "AWS emulator"):
            if emulator_process.start(instance):
                undo.callback(emulator_process.stop, instance)
        with _step(console, "Deployment") as say:
            stack_deployment.create_mongodb_secret(instance)
            stack = stack_deployment.deploy(instance, say)
        with _step(console, "Database schema"):
            name = config.load(STAGE, instance.stages).mongodb.database
            database = client.connect(instance.mongodb_uri, name)
            migrate(database)
            database.client.close()
        with _step(console, "Demo user"):
            values = outputs.write(instance, stack, demo.create_user(instance, stack["UserPoolId"]), name)
        try:
            if with_samples:
                with _step(console, "Sample media"):
                    caller = demo.Demo(values)
                    assets = caller.assets(instance)
                    urls = caller.downloads(assets)
                _show_assets(console, assets, urls)
            if build:
                with _step(console, "Console"):  # last: what it waits for was built in the meantime
                    build.wait()
                    console_site.publish(instance, values["console_bucket"])
        except LocalStackError:
            undo.pop_all()  # the stack itself is up: it stays, to be looked into
            raise
        undo.pop_all()
    _show_addresses(console, values, time.monotonic() - started_at)


def down(instance: Instance) -> list[str]:
    """Stop everything, data stays. Return the names of what ran."""
    stopped = [("AWS emulator", emulator_process.stop(instance)), ("MongoDB", mongod.stop(instance))]
    return [name for name, ran in stopped if ran]


def reset(instance: Instance) -> None:
    """Stop everything and delete the state. Raises LocalStackError for a folder that is not a stack's."""
    down(instance)
    if not instance.state.exists():
        return
    if not (instance.state / "up.lock").exists():
        raise LocalStackError(f"{instance.state} is not the state of a local stack: delete it yourself if you mean it.")
    shutil.rmtree(instance.state)


@contextlib.contextmanager
def _alone(instance: Instance) -> Iterator[None]:
    """Lock the stack against a second `up`. Raises LocalStackError."""
    with (instance.state / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LocalStackError(f"Another `make up` is at work in {instance.state}: wait for it.") from None
        yield


@contextlib.contextmanager
def _step(console: Console, name: str) -> Iterator[Any]:
    """Show a step while it runs, and one line when it is done; yield a function that shows its progress."""
    started_at = time.monotonic()
    with console.status(f"{name} …") as status:

        def say(what: str) -> None:
            status.update(f"{name}: {what} …")
            if not console.is_terminal:
                console.print(f"  {what} …", style="dim")

        yield say
    console.print(f"[green]✓[/] {name:<16} [dim]{time.monotonic() - started_at:5.1f} s[/]")


def _show_assets(console: Console, assets: list[demo.Asset], urls: list[str]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold", title_justify="left")
    for heading in ("Asset", "Type", "Size", "Pixels", "Camera", "Duration", "Status"):
        table.add_column(heading, justify="right" if heading in ("Size", "Pixels", "Duration") else "left")
    for asset in assets:
        table.add_row(*_facts(asset))
    console.print()
    console.print(table)
    console.print("\n[bold]Signed URLs[/], each of which was just opened:")
    for asset, url in zip(assets, urls, strict=True):
        console.print(f"  {demo.name_of(asset)}", style="bold", markup=False)
        console.print(f"  {url}", soft_wrap=True, highlight=False)


def _facts(asset: demo.Asset) -> tuple[str, ...]:
    camera = asset.get("camera") or {}
    make, model = (str(camera.get(name) or "") for name in ("make", "model"))
    duration = asset.get("duration_seconds")
    return (
        demo.name_of(asset),
        asset.get("mime_type") or "",
        f"{asset['size_bytes'] / 1000:,.1f} kB",
        f"{asset.get('width')} × {asset.get('height')}" if asset.get("width") else "",
        _camera(make, model),
        f"{duration:.2f} s" if duration else "",
        asset["status"],
    )


def _camera(make: str, model: str) -> str:
    """Return make and model; many cameras repeat the make's first word in the model (NIKON CORPORATION, NIKON D100)."""
    return model if model.lower().startswith(make.lower().partition(" ")[0]) else f"{make} {model}".rstrip()


def _show_addresses(console: Console, values: dict[str, Any], seconds: float) -> None:
    console.print()
    for name, value in (
        *([("Console", values["console_url"])] if values["console_url"] else []),
        ("API", values["api_url"]),
        ("CDN", values["cdn_url"]),
        ("AWS", f"{values['aws_endpoint_url']}  (bucket {values['bucket']})"),
        ("MongoDB", values["mongodb_uri"]),
        ("Sign-in", f"{values['demo_username']} / {values['demo_password']}  (or `.venv/bin/foveal token`)"),
    ):
        console.print(f"[bold]{name:<8}[/] {value}", soft_wrap=True, highlight=False)
    console.print(f"\nUp after {seconds:.1f} s. `make status`, `make logs`, `make down`.", style="dim")
