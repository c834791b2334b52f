"""Secrets Manager: one read per secret and execution environment."""

import threading

from foveal.aws import jsonapi

_lock = threading.Lock()
_kept: dict[str, str] = {}


def get_secret(arn: str) -> str:
    """Return the text of a secret by ARN or name; later calls answer from memory. Raises AwsError."""
    with _lock:
        if arn not in _kept:
            _kept[arn] = _read(arn)
        return _kept[arn]


def _read(arn: str) -> str:
    parts = arn.split(":")
    region = parts[3] if len(parts) > 6 else None
    answer = jsonapi.call("secretsmanager", "secretsmanager.GetSecretValue", {"SecretId": arn}, region=region)
    return str(answer["SecretString"])
