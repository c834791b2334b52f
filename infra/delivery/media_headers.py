"""Response headers of media: CORS for the listed origins, and protection of browsers from active content."""

import aws_cdk as cdk
from aws_cdk import aws_cloudfront as cloudfront
from constructs import Construct

from infra.api import CORS_HEADERS
from infra.config import StageConfig
from infra.storage.media_bucket import EXPOSED_HEADERS

UPLOADER_HEADERS = [
    *("content-language", "expires"),
    *("x-amz-meta-foveal-file-name", "x-amz-meta-foveal-size-bytes", "x-amz-meta-foveal-checksum"),
]
"""Response headers that S3 sends as the uploader stored them, and that no query parameter of a signed URL replaces."""


def media_headers(scope: Construct, config: StageConfig) -> cloudfront.ResponseHeadersPolicy:
    """Return the response headers policy of media: no sniffing, no scripts, no frames; CORS for the listed origins.

    A preflight allows every request header that the API allows. `GET /v1/assets/{id}/content` redirects to media on
    the same host, so a browser sends all of them there too, the access token among them (Fetch, "HTTP-redirect fetch").
    CloudFront passes none of them on: they are not in the cache policy.
    """
    return cloudfront.ResponseHeadersPolicy(
        scope,
        "MediaHeaders",
        comment=f"Foveal {config.stage}: media",
        cors_behavior=cloudfront.ResponseHeadersCorsBehavior(
            access_control_allow_credentials="*" not in config.allowed_origins,
            access_control_allow_headers=CORS_HEADERS,
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
        remove_headers=UPLOADER_HEADERS,
        custom_headers_behavior=cloudfront.ResponseCustomHeadersBehavior(
            custom_headers=[
                cloudfront.ResponseCustomHeader(
                    header="cross-origin-resource-policy", value="cross-origin", override=True
                )
            ]
        ),
    )
