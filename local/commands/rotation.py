"""Commands for delivery. They need a checkout of the repository, where `stages/` and the CDK app are."""

import re
import subprocess
import time
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

app = typer.Typer()
console = Console(highlight=False)

LONGEST_URL: Final = timedelta(days=8)
"""The longest life of a URL: seven days may be asked for (`expires_in_seconds`), and a window is at most one more."""
_LINE: Final = re.compile(r"^signing_key_generations\s*=.*$", re.MULTILINE)
_SECTION: Final = re.compile(r"^\[delivery\][^\n]*\n", re.MULTILINE)


@app.command("rotate-signing-key")
def rotate_signing_key(
    stage: Annotated[str, typer.Option(help="The stage, as its file in stages/ is called.")],
    finish: Annotated[bool, typer.Option("--finish", help="Take the old keys out, eight days later.")] = False,
    deploy: Annotated[str, typer.Option(help="What deploys; the stage is added.")] = "npx aws-cdk@2 deploy",
    pause: Annotated[int, typer.Option(min=0, help="Seconds for CloudFront to learn the new key everywhere.")] = 300,
) -> None:
    """Sign with a new key; URLs and cookies of the old one stay good until `--finish`.

    Two deployments: the first lets CloudFront know the new key, the second, after a pause, signs with it. A key never
    leaves the account: the deployment makes it (docs/delivery.md).
    """
    path = Path("stages") / f"{stage}.toml"
    if not path.is_file():
        raise typer.BadParameter(f"there is no {path} here; run this in a checkout of the repository")
    now = generations(path.read_text(encoding="utf-8"))
    for number, step in enumerate(steps(now, finish=finish)):
        if number and pause:
            console.print(f"Waiting {pause} s until CloudFront knows the new key everywhere …")
            time.sleep(pause)
        path.write_text(with_generations(path.read_text(encoding="utf-8"), step), encoding="utf-8")
        console.print(f"{path}: signing_key_generations = {step}; deploying …")
        finished = subprocess.run([*deploy.split(), "-c", f"stage={stage}"], check=False)
        if finished.returncode:
            console.print(
                "The deployment failed; repair it and deploy again, then run this command again.", style="red"
            )
            raise typer.Exit(1)
    if finish:
        console.print("Only the newest key is valid now.")
    else:
        when = datetime.now(UTC) + LONGEST_URL
        console.print(
            f"The new key signs; the old one is still valid. After {when:%Y-%m-%d %H:%M} UTC the last URL of the old "
            f"one has ended: foveal rotate-signing-key --stage {stage} --finish"
        )


def steps(now: list[int], *, finish: bool) -> list[list[int]]:
    """Return the lists of generations to deploy, one after the other; the first of a list signs.

    Raises typer.BadParameter when there is nothing to finish, or when the rotation before is not finished.
    """
    if finish:
        if len(now) < 2:
            raise typer.BadParameter("there is no old key to take out")
        return [now[:1]]
    if len(now) > 1 and now[0] == max(now):
        raise typer.BadParameter("the rotation before is not finished; run it with --finish first")
    newest = max(now)
    if len(now) > 1:  # an interrupted rotation: the new key is known, and does not sign yet
        return [[newest, *(each for each in now if each != newest)]]
    return [[*now, newest + 1], [newest + 1, *now]]


def generations(text: str) -> list[int]:
    """Return the generations that a stage file chooses; `[1]` when it does not say."""
    chosen: list[int] = tomllib.loads(text).get("delivery", {}).get("signing_key_generations", [1])
    return chosen


def with_generations(text: str, chosen: list[int]) -> str:
    """Return the stage file with other generations, and everything else as it was."""
    line = f"signing_key_generations = {chosen}"
    if _LINE.search(text):
        return _LINE.sub(line, text, count=1)
    section = _SECTION.search(text)
    if section:
        return f"{text[: section.end()]}{line}\n{text[section.end() :]}"
    return f"{text.rstrip()}\n\n[delivery]\n{line}\n"
