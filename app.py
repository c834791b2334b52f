"""Builds the stack of one stage: `cdk deploy -c stage=dev`."""

import sys
from pathlib import Path

import aws_cdk as cdk

from infra import config
from infra.delivery.web_acl import WebAclStack
from infra.functions.bundling import Bundler, BundlingError
from infra.stack import FovealStack


def build(app: cdk.App) -> FovealStack:
    """Return the stack of the stage that the context names; `-c local=true` and `-c bytecode=false` shape the code.

    `-c stages=FOLDER` reads the stage's file from another folder. With `waf.mode` the web ACL is a second stack.
    """
    stage = app.node.try_get_context("stage") or "dev"
    folder = Path(app.node.try_get_context("stages") or config.STAGES)
    bundler = Bundler(dependencies=not _is_on(app, "local"), bytecode=_is_on(app, "bytecode", default=True))
    settings = config.load(stage, folder)
    if settings.waf.mode != "off":
        WebAclStack(app, f"Foveal-{stage}-waf", config=settings)
    return FovealStack(app, f"Foveal-{stage}", config=settings, bundler=bundler)


def _is_on(app: cdk.App, name: str, *, default: bool = False) -> bool:
    value = app.node.try_get_context(name)
    return default if value is None else str(value).lower() in ("true", "1", "yes")


if __name__ == "__main__":
    app = cdk.App()
    try:
        build(app)
    except (config.ConfigError, BundlingError) as error:
        sys.exit(str(error))
    app.synth()
