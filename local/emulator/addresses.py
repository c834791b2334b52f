"""Addresses of this machine in place of those at AWS that a browser compares or calls.

A template names hosts of AWS: the distribution in callback addresses and CORS rules, the user pool and the bucket in
the console's Content-Security-Policy. Here they are reached at ports of the loopback address.
"""

import re
from typing import Any, Final

DISTRIBUTION: Final = re.compile(r"https://(?:\*|[a-z0-9]+)\.cloudfront\.net")
SERVICE: Final = re.compile(r"https://[A-Za-z0-9.*-]+\.amazon(?:aws|cognito)\.com")


def localized(value: Any, *, cdn_url: str, aws_url: str) -> Any:
    """Return a JSON value in whose texts the distribution stands at `cdn_url`, and every service at `aws_url`."""
    if isinstance(value, str):
        return SERVICE.sub(aws_url, DISTRIBUTION.sub(cdn_url, value))
    if isinstance(value, list):
        return [localized(each, cdn_url=cdn_url, aws_url=aws_url) for each in value]
    if isinstance(value, dict):
        return {name: localized(each, cdn_url=cdn_url, aws_url=aws_url) for name, each in value.items()}
    return value
