"""Patches of MiniStack 1.5.33, which accepts requests that it does not carry out. One module a service, with reasons.

A module declares in `USES` the names of MiniStack that it reads or replaces (`check.py` checks them), and
has `install()`, called once before the first request.
"""

from typing import Final

from local.ministack_patches import (
    browser_addresses,
    cloudformation,
    cloudfront_origins,
    cloudfront_viewers,
    guardduty,
    http_api,
    iam,
    s3_buckets,
    s3_forms,
    s3_listings,
    s3_objects,
    s3_signatures,
    sign_in,
    sqs,
    sts,
)

MODULES: Final = (
    cloudformation,
    s3_buckets,
    http_api,
    s3_objects,
    s3_listings,
    s3_forms,
    s3_signatures,
    sqs,
    guardduty,
    sts,
    iam,
    sign_in,
    cloudfront_origins,
    cloudfront_viewers,
    browser_addresses,
)  # the cache goes around the origins


def install() -> None:
    for module in MODULES:
        module.install()
