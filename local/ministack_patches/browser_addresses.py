"""Addresses that a browser compares with its own: callbacks of clients, CORS of buckets, headers of the console.

MiniStack compares them with the names at AWS that the template has. They are replaced when they are read, so that the
stored configuration stays the deployed one, and holds after a start on other ports.
"""

import os
from typing import Any, Final

from local.emulator.addresses import localized

USES: Final = {
    "ministack.services.cloudfront": ("response_headers_policy_config",),
    "ministack.services.cognito": ("_find_pool_by_client_id",),
    "ministack.services.s3": ("_cors_rules",),
}
COMPARED: Final = ("CallbackURLs", "LogoutURLs")


def install() -> None:
    from ministack.services import cloudfront, cognito, s3

    headers, find, rules = (
        cloudfront.response_headers_policy_config,
        cognito._find_pool_by_client_id,
        s3._cors_rules,
    )

    def find_pool_by_client_id(client_id: str) -> tuple[Any, Any, Any]:
        pool_id, pool, client = find(client_id)
        if client is not None:
            client = {**client, **{name: _here(client[name]) for name in COMPARED if name in client}}
        return pool_id, pool, client

    cloudfront.response_headers_policy_config = lambda policy_id: _here(headers(policy_id))
    cognito._find_pool_by_client_id = find_pool_by_client_id
    s3._cors_rules = lambda bucket: _here(rules(bucket))


def _here(value: Any) -> Any:
    return localized(value, cdn_url=os.environ["FOVEAL_CDN_URL"], aws_url=os.environ["FOVEAL_ISSUER_ORIGIN"])
