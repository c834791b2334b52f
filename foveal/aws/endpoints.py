"""Endpoints of AWS services: the URL in the environment (`AWS_ENDPOINT_URL`), else the host of the region."""

import os
from typing import Final, NamedTuple
from urllib.parse import urlsplit

DUAL_STACK_ONLY: Final = ("s3vectors",)
"""Services that exist only below `api.aws`."""


class Endpoint(NamedTuple):
    """An origin, and the path that goes before every key (`/{bucket}` in path style, else nothing)."""

    scheme: str
    host: str
    base_path: str = ""

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}{self.base_path}"


def service_endpoint(service: str, region: str) -> Endpoint:
    """Return the endpoint of a service, named as in `AWS_ENDPOINT_URL_<SERVICE>` and as in its host name."""
    suffix = "api.aws" if service in DUAL_STACK_ONLY else _suffix(region)
    return _given(service) or Endpoint("https", f"{service}.{region}.{suffix}")


def global_endpoint(service: str, region: str) -> tuple[Endpoint, str]:
    """Return the one endpoint of a service without regions, and the region that its requests are signed for.

    Source: AWS General Reference, "CloudFront endpoints and quotas".
    """
    if region.startswith("cn-"):
        return service_endpoint(service, "cn-northwest-1"), "cn-northwest-1"
    return _given(service) or Endpoint("https", f"{service}.amazonaws.com"), "us-east-1"


def bucket_endpoint(bucket: str, region: str, *, is_accelerated: bool = False) -> Endpoint:
    """Return the endpoint of a bucket.

    Path style with a given address; virtual-host style at AWS, but for names with a dot, which the wildcard
    certificate does not cover (S3 user guide, "Virtual hosting of general purpose buckets").
    """
    given = _given("s3")
    if given:
        return Endpoint(given.scheme, given.host, f"{given.base_path}/{bucket}")
    if "." in bucket:
        return Endpoint("https", f"s3.{region}.{_suffix(region)}", f"/{bucket}")
    if is_accelerated:
        return Endpoint("https", f"{bucket}.s3-accelerate.amazonaws.com")
    return Endpoint("https", f"{bucket}.s3.{region}.{_suffix(region)}")


def _given(service: str) -> Endpoint | None:
    url = os.environ.get(f"AWS_ENDPOINT_URL_{service.upper()}") or os.environ.get("AWS_ENDPOINT_URL")
    if not url:
        return None
    parts = urlsplit(url)
    return Endpoint(parts.scheme, parts.netloc, parts.path.rstrip("/"))


def _suffix(region: str) -> str:
    return "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
