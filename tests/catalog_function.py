"""The catalog's function, loaded with the environment variables that the stack gives it."""

import os
from typing import Final
from unittest import mock

ENVIRONMENT: Final = {
    "MONGODB_URI": "mongodb://127.0.0.1:1/",
    "MONGODB_DATABASE": "foveal_test",
    "ROLES_CLAIM": "cognito:groups",
    "SCOPE_PREFIX": "foveal/",
    "EVENT_BUS_NAME": "foveal-test",
    "MEDIA_BUCKET": "foveal-test-media",
    "TOKEN_SECRET_ARN": "arn:aws:secretsmanager:eu-central-1:000000000000:secret:token",
}

with mock.patch.dict(os.environ, ENVIRONMENT):
    from functions.catalog import handler

__all__ = ["ENVIRONMENT", "handler"]
