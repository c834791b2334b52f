"""Secrets Manager: one read per secret and execution environment."""

import threading

from foveal.aws import rest_json

_lock = threading.Lock()
_cache: dict[str, str] = {}


def get_secret(arn: str) -> str:
    """Return the text of a secret by ARN or name; later calls return the cached text. Raises AwsError."""
    with _lock:
        if arn not in _cache:
            _cache[arn] = _read(arn)
        return _cache[arn]


def _read(arn: str) -> str:
    parts = arn.split(":")
    region = parts[3] if len(parts) > 6 else None
    output = rest_json.call_target("secretsmanager", "secretsmanager.GetSecretValue", {"SecretId": arn}, region=region)
    return str(output["SecretString"])
