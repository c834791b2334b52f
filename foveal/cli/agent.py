"""Commands of a device: `foveal agent run`, `status` and `install`."""

import json
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from foveal.cli.text import printable
from foveal.client.errors import ConfigurationError

app = typer.Typer()
agent = typer.Typer(no_args_is_help=True, help="Upload what appears in folders of a device, through power cuts.")
app.add_typer(agent, name="agent")

DEFAULT_CONFIG = Path("/etc/foveal/agent.toml")
ENDING_SIGNALS = (signal.SIGTERM, signal.SIGINT)
Config = Annotated[Path, typer.Option(help="The settings file.")]


@agent.command()
def run(config: Config = DEFAULT_CONFIG) -> None:
    """Run until a signal ends it; the unit of `foveal agent install` does this."""
    from foveal.agent.agent import Agent
    from foveal.agent.clock import Clock
    from foveal.agent.settings import read_settings
    from foveal.agent.uplink.routes import route_factory

    settings, clock = read_settings(config), Clock()
    route = route_factory(settings, clock)
    try:
        device = Agent(settings, route, clock=clock)
    except (OSError, sqlite3.Error) as error:
        raise ConfigurationError(f"{settings.state_folder} cannot be written: {error}.") from error
    _run_until_signal(device.run, device.stop)


@agent.command()
def status(
    config: Config = DEFAULT_CONFIG,
    socket: Annotated[Path | None, typer.Option(help="The status socket; that of the settings if not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the status as JSON.")] = False,
) -> None:
    """Show what the running agent does: files by state, network, disk, clock, and the last events."""
    from foveal.agent.settings import read_settings
    from foveal.agent.status import read_status

    found = read_status(socket or read_settings(config).socket)
    if as_json:
        print(json.dumps(found))
        return
    for name, text in _rows(found):
        print(f"{name:<12} {printable(text)}")


@agent.command()
def install(
    config: Config = DEFAULT_CONFIG,
    write: Annotated[bool, typer.Option("--write", help="Write the unit instead of printing it.")] = False,
    path: Annotated[Path | None, typer.Option(help="Where to write the unit.")] = None,
) -> None:
    """Print the systemd unit for the settings, or write it with --write."""
    from foveal.agent.settings import read_settings
    from foveal.agent.systemd import UNIT_NAME, UNIT_PATH, unit

    settings = read_settings(config)
    secret = settings.sign_in.client_secret_file if settings.sign_in else None
    text = unit(
        [str(Path(sys.argv[0]).resolve())],
        config.resolve(),
        [folder.path for folder in settings.folders],
        secret,
    )
    if not write:
        print(text, end="")
        return
    target = path or UNIT_PATH
    target.write_text(text)
    print(f"{target} is written. Next: systemctl daemon-reload && systemctl enable --now {UNIT_NAME}")


def _run_until_signal(work: Callable[[], None], stop: Callable[[], None]) -> None:
    """Do work in a thread until a signal comes; then stop it. Raises what the work raises.

    No handler is used: it would run in the midst of whatever holds the locks that `stop` needs.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING_SIGNALS)
    main, failures = threading.get_ident(), list[BaseException]()

    def run() -> None:
        try:
            work()
        except BaseException as error:
            failures.append(error)
        finally:
            signal.pthread_kill(main, signal.SIGTERM)

    thread = threading.Thread(target=run)
    thread.start()
    signal.sigwait(ENDING_SIGNALS)
    stop()
    thread.join()
    if failures:
        raise failures[0]


def _rows(found: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the lines of the table."""
    network, space, clock = found["network"], found["space"], found["clock"]
    free = f"{space['free_bytes'] / 1e9:.1f} of {space['total_bytes'] / 1e9:.1f} GB free, policy {space['when_full']}"
    offset = clock["offset_seconds"]
    rows = [
        ("device", f"{found['serial']}, running since {found['started_at']}"),
        ("network", network["state"] + (f": {network['reason']}" if network["reason"] else "")),
        *((state, f"{count['files']} files, {count['bytes'] / 1e6:.1f} MB") for state, count in found["files"].items()),
        ("sending", f"{found['sending']} files"),
        ("disk", free + (", FULL" if space["is_full"] else "")),
        ("clock", ("synchronised" if clock["is_synchronised"] else "NOT synchronised")
         + (f", {offset:+.0f} s behind the server" if offset else "")),
    ]  # fmt: skip
    if space["write_error"]:
        rows.append(("disk error", space["write_error"]))
    rows += [("folder", each["path"] + (" is MISSING" if each["is_missing"] else "")) for each in found["folders"]]
    return rows + [("event", f"{each['at']} {each['kind']}: {each['detail']}") for each in found["events"]]
