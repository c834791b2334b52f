"""Commands of a checkout, beside those of the package: the local stack, and operations that deploy."""

from typing import Final

from foveal import cli

GROUPS: Final = {
    **cli.GROUPS,
    "rotate-signing-key": "local.commands.rotation",
    **dict.fromkeys(("up", "down", "status", "logs", "reset", "token", "env"), "local.commands.stack"),
}


def main() -> None:
    """Run a command of the checkout or of the package (entry point of `.venv/bin/foveal`)."""
    cli.main(GROUPS)
