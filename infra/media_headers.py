"""The headers that go out with media."""

import aws_cdk as cdk
from aws_cdk import aws_cloudfront as cloudfront
from constructs import Construct

from infra.config import StageConfig
from infra.storage import EXPOSED_HEADERS


def media_headers(scope: Construct, config: StageConfig) -> cloudfront.ResponseHeadersPolicy:
    """Make what strangers uploaded harmless in a browser: never sniffed, never run, never framed."""
    return cloudfront.ResponseHeadersPolicy(
        scope,
        "MediaHeaders",
        comment=f"Foveal {config.stage}: media",
        cors_behavior=cloudfront.ResponseHeadersCorsBehavior(
            access_control_allow_credentials="*" not in config.allowed_origins,
            access_control_allow_headers=["range", "if-none-match", "if-range"],
            access_control_allow_methods=["GET", "HEAD", "OPTIONS"],
            access_control_allow_origins=list(config.allowed_origins),
            access_control_expose_headers=EXPOSED_HEADERS,
            access_control_max_age=cdk.Duration.hours(1),
            origin_override=True,
        ),
        security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
            content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
                content_security_policy="sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:",
                override=True,
            ),
            content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
            frame_options=cloudfront.ResponseHeadersFrameOptions(
                frame_option=cloudfront.HeadersFrameOption.DENY, override=True
            ),
            referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                referrer_policy=cloudfront.HeadersReferrerPolicy.NO_REFERRER, override=True
            ),
            strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                access_control_max_age=cdk.Duration.days(365), include_subdomains=True, override=True
            ),
        ),
        custom_headers_behavior=cloudfront.ResponseCustomHeadersBehavior(
            custom_headers=[
                cloudfront.ResponseCustomHeader(
                    header="cross-origin-resource-policy", value="cross-origin", override=True
                )
            ]
        ),
    )
