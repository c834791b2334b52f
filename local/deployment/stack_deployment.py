"""The real deployment: `cdk synth`, `cdk bootstrap`, `cdk deploy`, each only when something it depends on changed."""

import hashlib
import io
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from infra import config
from local import cdk
from local.emulator import edge
from local.instance import ACCOUNT, REGION, ROOT, STACK_NAME, STAGE, Instance, LocalStackError
from local.processes import emulator_process

Say = Callable[[str], Any]


def create_mongodb_secret(instance: Instance) -> None:
    """Create or update the secret with the MongoDB URI that the stage names; in an account a person does this once."""
    name = config.load(STAGE, instance.stages).mongodb.secret_name
    if name is None:
        raise LocalStackError(f"stages/{STAGE}.toml must name the secret with the MongoDB URI in mongodb.secret_name.")
    secrets = emulator_process.client(instance, "secretsmanager")
    try:
        if secrets.get_secret_value(SecretId=name)["SecretString"] != instance.mongodb_uri:
            secrets.put_secret_value(SecretId=name, SecretString=instance.mongodb_uri)
    except secrets.exceptions.ResourceNotFoundException:
        secrets.create_secret(Name=name, SecretString=instance.mongodb_uri)


def deploy(instance: Instance, say: Say) -> dict[str, str]:
    """Synthesize and deploy as far as sources have changed; return the outputs. Raises LocalStackError."""
    done, assembly = _Done(instance), instance.state / "cdk.out"
    code, sources = _digest(_code()), _digest(_template_sources(instance))
    if done.value("synth") != sources or not (assembly / "manifest.json").is_file():
        say("Synthesizing the stack")
        shutil.rmtree(assembly, ignore_errors=True)
        cdk.cdk(instance, "synth", "--quiet", "--output", str(assembly), *_context(instance))
        done.note("synth", sources)
        done.note("synthesized-code", code)
    if done.value("bootstrap") != REGION:
        say("Bootstrapping the local account")
        cdk.cdk(instance, "bootstrap", f"aws://{ACCOUNT}/{REGION}", "--app", "")
        done.note("bootstrap", REGION)
    template = _digest(assembly / f"{STACK_NAME}.{part}.json" for part in ("template", "assets"))
    if done.value("deploy") != template:
        say(f"Deploying {STACK_NAME}")
        outputs_file = ("--outputs-file", str(instance.state / "stack.json"))
        options = ("--require-approval", "never", "--method", "direct", *outputs_file)
        cdk.cdk(instance, "deploy", STACK_NAME, "--app", str(assembly), *options)
        done.note("deploy", template)
        synthesized = done.value("synthesized-code")
        if done.value("code") == done.value("deployed-code"):  # else CloudFormation may think that nothing changed
            done.note("code", synthesized)
        done.note("deployed-code", synthesized)
    if done.value("code") != code:
        say("Updating the functions' code")
        update_code(instance)
        done.note("code", code)
    outputs: dict[str, str] = json.loads((instance.state / "stack.json").read_text())[STACK_NAME]
    edge.write_hosts(
        instance,
        api_id=outputs["ApiUrl"].removeprefix("https://").split(".")[0],
        distribution_domain=outputs["CdnUrl"].removeprefix("https://"),
    )
    return outputs


def update_code(instance: Instance) -> None:
    """Update the code of every function without a synthesis, which would take most of the time."""
    os.environ["PATH"] = cdk.environment(instance)["PATH"]  # to import the CDK is to start Node
    from infra.functions.bundling import Bundler

    functions, bundler = emulator_process.client(instance, "lambda"), Bundler(dependencies=False)
    for page in functions.get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            variables = function.get("Environment", {}).get("Variables", {})
            name = variables.get("POWERTOOLS_SERVICE_NAME")
            if name and (ROOT / "functions" / name).is_dir():
                with tempfile.TemporaryDirectory() as folder:
                    bundler.bundle(name, Path(folder))
                    functions.update_function_code(FunctionName=function["FunctionName"], ZipFile=_zipped(Path(folder)))


class _Done:
    """Digest of the inputs with which each step was last done, noted once the emulator's state has it for good."""

    def __init__(self, instance: Instance) -> None:
        self._instance, self._folder = instance, instance.state / "done"

    def value(self, step: str) -> str:
        file = self._folder / step
        return file.read_text() if file.is_file() else ""

    def note(self, step: str, value: str) -> None:
        emulator_process.save(self._instance)
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / step).write_text(value)


def _context(instance: Instance) -> tuple[str, ...]:
    return ("-c", f"stage={STAGE}", "-c", f"stages={instance.stages}", "-c", "local=true")


def _template_sources(instance: Instance) -> Iterator[Path]:
    """Yield the files on which the template depends, except the code of the functions."""
    yield from (ROOT / "app.py", ROOT / "cdk.json", ROOT / "requirements.txt", ROOT / "local/package-lock.json")
    yield from (instance.stages / f"{STAGE}.toml", ROOT / "foveal/stack_contract.py")
    yield from (ROOT / "infra").rglob("*.py")


def _code() -> Iterator[Path]:
    paths = (path for name in ("foveal", "functions") for path in (ROOT / name).rglob("*"))
    yield from (path for path in paths if path.is_file() and "__pycache__" not in path.parts)


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(f"\0{path}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _zipped(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
    return buffer.getvalue()
