"""AWS credentials and region: from the environment in functions, from botocore's chain on other machines."""

import functools
import os
from datetime import datetime
from typing import Any, NamedTuple


class NoCredentials(RuntimeError):
    """Neither the environment nor botocore's chain (profiles, SSO, instance roles) holds AWS credentials."""

    def __init__(self) -> None:
        super().__init__("no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE")


class NoRegion(RuntimeError):
    def __init__(self) -> None:
        super().__init__("no AWS region: set AWS_REGION")


class Credentials(NamedTuple):
    """An access key; temporary ones have a session token, and `expires_at` when it is known."""

    access_key: str
    secret_key: str
    token: str | None = None
    expires_at: datetime | None = None

    def __repr__(self) -> str:
        return f"Credentials(access_key={self.access_key!r})"


def current() -> Credentials:
    """Return the current credentials; call it for every batch, so that renewed credentials are used.

    Raises NoCredentials.
    """
    access_key = os.environ.get("AWS_ACCESS_KEY_ID")
    secret_key = os.environ.get("AWS_SECRET_ACCESS_KEY")
    if access_key and secret_key:
        return Credentials(access_key, secret_key, os.environ.get("AWS_SESSION_TOKEN") or None)
    return _from_botocore()


def region() -> str:
    """Return the configured region. Raises NoRegion."""
    found = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not found:
        found = _botocore_session().get_config_variable("region")
    if not found:
        raise NoRegion
    return str(found)


def _from_botocore() -> Credentials:
    found = _botocore_session().get_credentials()
    if found is None:
        raise NoCredentials
    frozen = found.get_frozen_credentials()
    expires_at = getattr(found, "_expiry_time", None)
    return Credentials(frozen.access_key, frozen.secret_key, frozen.token, expires_at)


@functools.lru_cache(maxsize=1)
def _botocore_session() -> Any:
    import botocore.session  # for profiles, SSO and instance roles, which functions do not have

    return botocore.session.get_session()
