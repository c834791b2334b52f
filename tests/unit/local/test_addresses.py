"""Addresses of this machine for those at AWS that browsers compare."""

import pytest

from local.emulator.addresses import localized

CDN, AWS = "http://127.0.0.1:4568", "http://127.0.0.1:4566"


@pytest.mark.parametrize(
    ("at_aws", "here"),
    [
        ("https://d1a2b3c4.cloudfront.net/console/callback", f"{CDN}/console/callback"),
        ("https://*.cloudfront.net", CDN),
        ("https://cognito-idp.us-east-1.amazonaws.com/us-east-1_x", f"{AWS}/us-east-1_x"),
        ("https://foveal-dev-1a.auth.us-east-1.amazoncognito.com", AWS),
        ("https://foveal-media-1.s3.us-east-1.amazonaws.com", AWS),
        ("https://app.example.com", "https://app.example.com"),
        ("https://cloudfront.net.example.com", "https://cloudfront.net.example.com"),
        (
            "connect-src 'self' https://b.s3.us-east-1.amazonaws.com; img-src 'self'",
            f"connect-src 'self' {AWS}; img-src 'self'",
        ),
    ],
)
def test_address_at_aws_becomes_one_of_this_machine(at_aws: str, here: str) -> None:
    assert localized(at_aws, cdn_url=CDN, aws_url=AWS) == here


def test_addresses_are_found_at_any_depth_and_the_rest_stays() -> None:
    given = {"AllowedOrigin": ["https://*.cloudfront.net"], "MaxAgeSeconds": 5, "Security": None}
    assert localized(given, cdn_url=CDN, aws_url=AWS) == {"AllowedOrigin": [CDN], "MaxAgeSeconds": 5, "Security": None}
