"""The full run of Schemathesis, every check in every phase, over functions behind a gateway on this machine.

`FOVEAL_CONTRACT_EXAMPLES` is the number of random requests for each operation and phase. Where it is not set, the tests
send a few, and leave the phase `coverage` out for functions for which it takes minutes.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.contract.gateway import TOKEN, Gateway, served

EVERY_PHASE: Final = "examples,coverage,fuzzing,stateful"
QUICK_PHASES: Final = "examples,fuzzing,stateful"
_EXAMPLES: Final = os.environ.get("FOVEAL_CONTRACT_EXAMPLES")


def full_run(gateway: Gateway, configuration: Path, known: Mapping[str, str], phases: str, examples: int) -> str:
    """Return the report of a run without a finding; fail with the report otherwise.

    `configuration` is a `schemathesis.toml` with a reason for each exception; `known` are the variables that it names,
    ids of what exists. A long run has every phase, and the number of examples that the environment states.
    """
    with served(gateway) as url:
        program = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(configuration), "run"]
        options = ["--header", f"Authorization: Bearer {TOKEN}", "--seed", "1", "--no-color"]
        bounds = ["--phases", EVERY_PHASE if _EXAMPLES else phases, "--max-examples", _EXAMPLES or str(examples)]
        done = subprocess.run(
            [*program, f"{url}/openapi.json", *options, *bounds],
            capture_output=True,
            text=True,
            cwd=configuration.parent,
            env={**os.environ, **known, "SCHEMATHESIS_HOOKS": "tests.contract.schemathesis_hooks"},
        )
    assert done.returncode == 0, done.stdout[-20_000:]
    return done.stdout
