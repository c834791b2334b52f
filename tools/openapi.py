"""Generator of the OpenAPI document and of the reference page, from the routes of every HTTP function.

`python -m tools.openapi` writes `foveal/api/openapi.json` and `docs/reference.html`; `--check` fails when one of them
is stale.
"""

import argparse
import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import Final

from foveal.api.gateway import Api
from foveal.api.openapi import DOCUMENT, document
from foveal.api.reference import page
from foveal.stack_contract import ROUTES

ENVIRONMENT: Final = {
    "AWS_REGION": "eu-west-1",
    "EVENT_BUS_NAME": "events",
    "ISSUER": "https://issuer.example",
    "MEDIA_BUCKET": "media",
    "MONGODB_DATABASE": "foveal",
    "MONGODB_URI": "mongodb://localhost",
    "NONCURRENT_EXPIRE_AFTER_DAYS": "365",
    "POWERTOOLS_SERVICE_NAME": "openapi",
    "QUEUES": "[]",
    "RENDER_FUNCTION_NAME": "render",
    "RENDITIONS": "{}",
    "ROLES_CLAIM": "cognito:groups",
    "SCOPE_PREFIX": "foveal/",
    "STACK_NAME": "Foveal-dev",
    "STAGE": "dev",
    "TOKEN_SECRET_ARN": "token",
    "UPLOAD_LIMITS": "{}",
    "URL_TTL_SECONDS": "3600",
    "URL_WINDOW_SECONDS": "900",
    "WORKER_FUNCTION_NAME": "worker",
}
"""Settings that the functions need to start; they read them when they are loaded, and use none of them here."""
REPOSITORY: Final = Path(__file__).resolve().parent.parent
PAGE: Final = REPOSITORY / "docs/reference.html"


def served() -> dict[str, Api]:
    """Return the `Api` of each HTTP function, loaded from its folder."""
    found: dict[str, Api] = {}
    for name in ROUTES:
        path = REPOSITORY / "functions" / name / "handler.py"
        spec = importlib.util.spec_from_file_location(f"functions.{name}.handler", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found[name] = module.api
    return found


def main(arguments: list[str] | None = None) -> int:
    """Write document and page, or with `--check` report whether those in the repository are stale (exit code 1)."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--check", action="store_true")
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    described = document(served())
    text = json.dumps(described, indent=1, ensure_ascii=False, sort_keys=False) + "\n"
    is_check = parser.parse_args(arguments).check
    for path, expected in ((DOCUMENT, text), (PAGE, page(described))):
        if not is_check:
            path.write_text(expected)
        elif not path.exists() or path.read_text() != expected:
            sys.stderr.write(f"{path.relative_to(REPOSITORY)} is stale: run python -m tools.openapi\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
