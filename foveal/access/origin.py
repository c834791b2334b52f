"""The origin key: a secret header by which the CDN tells that a call has come through it, and so past its web ACL."""

import hmac
from collections.abc import Mapping, Sequence

from foveal.aws.secrets import get_secret
from foveal.errors import AccessDenied
from foveal.stack_contract import ORIGIN_KEY_HEADER


def require_origin(headers: Mapping[str, str], key_arns: Sequence[str]) -> None:
    """Raise AccessDenied unless the header holds one of the keys, which are compared in constant time.

    Without `key_arns` the stage demands none. Raises AwsError when a key cannot be read: the call is not let through.
    """
    if not key_arns:
        return
    given = headers.get(ORIGIN_KEY_HEADER, "").encode()
    matches = [hmac.compare_digest(given, get_secret(arn).encode()) for arn in key_arns]
    if not any(matches):
        raise AccessDenied("This stage answers calls through its CDN alone: use the address of the CDN.")
