"""The CDN: delivers private objects by signed URLs and cookies from one cache for all viewers."""

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_iam as iam
from constructs import Construct

from foveal.stack_contract import DERIVED_PREFIX, EXPORTS_PREFIX, MASKS_PREFIX, MEDIA_PREFIX
from infra.api import Api
from infra.config import StageConfig
from infra.console.site import ConsoleSite
from infra.delivery.media_headers import media_headers
from infra.delivery.origin_keys import OriginKeys
from infra.delivery.signing_keys import SigningKeys
from infra.functions.function import FunctionDefaults
from infra.outputs import output
from infra.storage.media_bucket import Storage
from infra.warnings import acknowledge

PRICE_CLASS = {
    "100": cloudfront.PriceClass.PRICE_CLASS_100,
    "200": cloudfront.PriceClass.PRICE_CLASS_200,
    "all": cloudfront.PriceClass.PRICE_CLASS_ALL,
}
YEAR = cdk.Duration.days(365)


class DirectDelivery:
    """Delivery without a CDN: presigned requests to S3, as the role of the function that signs them."""

    def __init__(self, *, config: StageConfig, storage: Storage) -> None:
        self._config, self._storage = config, storage

    def environment(self) -> dict[str, str]:
        return _lifetimes(self._config)

    def invalidation_environment(self) -> dict[str, str]:
        return {}

    def grant_sign(self, grantee: iam.IGrantable) -> None:
        self._storage.grant_read(grantee, MEDIA_PREFIX, MASKS_PREFIX, DERIVED_PREFIX, EXPORTS_PREFIX)

    def grant_invalidate(self, grantee: iam.IGrantable) -> None:
        """Grant nothing: S3 keeps no copies."""


class Cdn(Construct):
    """The distribution: signed paths, cache keys, response headers; the API and the console on the same name."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        defaults: FunctionDefaults,
        storage: Storage,
        api: Api,
        console: ConsoleSite | None,
    ) -> None:
        super().__init__(scope, id)
        self._config = defaults.config
        self.origin_keys = (
            OriginKeys(self, "OriginKeys", defaults=defaults) if self._config.waf.origin_key != "off" else None
        )
        self.keys = SigningKeys(self, "SigningKeys", defaults=defaults)
        origin = origins.S3BucketOrigin.with_origin_access_control(
            storage.media,
            origin_access_levels=[cloudfront.AccessLevel.READ, cloudfront.AccessLevel.READ_VERSIONED],
        )
        immutable = self._cache_policy("Immutable", default_ttl=YEAR)
        originals = self._cache_policy(
            "Originals",  # kept for as long as the URL says, which it does only when it names a version
            default_ttl=cdk.Duration.seconds(0),
            query=["versionId", "response-cache-control", "response-content-disposition", "response-content-type"],
        )
        signed = cloudfront.BehaviorOptions(
            origin=origin,
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
            allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD_OPTIONS,
            trusted_key_groups=[self.keys.group],
            response_headers_policy=media_headers(self, self._config),
            cache_policy=immutable,
            compress=True,
        )
        versioned = _with(signed, cache_policy=originals)
        delivery = self._config.delivery
        acknowledge(
            self,
            "@aws-cdk/aws-cloudfront-origins:wildcardKeyPolicyForOac",
            "The key's policy cannot name a distribution that needs the bucket that needs the key; the bucket's own "
            "policy names the one distribution that may read.",
        )
        acknowledge(
            self,
            "@aws-cdk/aws-cloudfront-origins:updateImportedKeyPolicyOac",
            "docs/deploy.md lists the statements that a key of the platform team needs.",
        )
        self.distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment=f"Foveal {self._config.stage}",
            default_behavior=signed,
            additional_behaviors={
                f"/{MEDIA_PREFIX}*": versioned,
                f"/{MASKS_PREFIX}*": versioned,
                f"/{EXPORTS_PREFIX}*": versioned,
                f"/{DERIVED_PREFIX}*": signed,
                "/v1/*": self._api_behavior(api),
                **(console.behaviors(immutable) if console else {}),
            },
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021 if delivery.domain_name else None,
            domain_names=[delivery.domain_name] if delivery.domain_name else None,
            certificate=self._certificate(),
            price_class=PRICE_CLASS[delivery.price_class],
            web_acl_id=delivery.web_acl_arn,
            enable_logging=delivery.access_logs or None,
            log_bucket=storage.access_logs if delivery.access_logs else None,
            log_file_prefix="cdn/" if delivery.access_logs else None,
        )
        self.url = f"https://{delivery.domain_name or self.distribution.distribution_domain_name}"
        output(self, "CdnUrl", self.url)
        output(self, "DistributionId", self.distribution.distribution_id)

    def environment(self) -> dict[str, str]:
        """Return the environment of a function that signs URLs."""
        return {
            **_lifetimes(self._config),
            "CDN_URL": self.url,
            "SIGNING_KEY_ID": self.keys.signing_key_id,
            "SIGNING_KEY_SECRET_ARN": self.keys.signing_secret.arn,
        }

    def invalidation_environment(self) -> dict[str, str]:
        """Return the environment of a function that invalidates cached objects."""
        return {"DISTRIBUTION_ID": self.distribution.distribution_id}

    def grant_invalidate(self, grantee: iam.IGrantable) -> None:
        """Allow to drop cached objects of this distribution."""
        self.distribution.grant_create_invalidation(grantee)

    def grant_sign(self, grantee: iam.IGrantable) -> None:
        """Allow to read the private key of the first generation."""
        self.keys.signing_secret.secret.grant_read(grantee)

    def _certificate(self) -> acm.ICertificate | None:
        arn = self._config.delivery.certificate_arn
        return acm.Certificate.from_certificate_arn(self, "Certificate", arn) if arn else None

    def _cache_policy(
        self, id: str, *, default_ttl: cdk.Duration, query: list[str] | None = None
    ) -> cloudfront.CachePolicy:
        """Return a cache policy without cookies, headers and signature in the key, so that all viewers share an entry.

        Query parameters on which S3's response depends (version, file name) have to be part of the key.
        """
        behavior = cloudfront.CacheQueryStringBehavior
        return cloudfront.CachePolicy(
            self,
            id,
            comment=f"Foveal {self._config.stage}: {id.lower()}",
            default_ttl=default_ttl,
            max_ttl=YEAR,
            min_ttl=cdk.Duration.seconds(0),
            query_string_behavior=behavior.allow_list(*query) if query else behavior.none(),
            header_behavior=cloudfront.CacheHeaderBehavior.none(),
            cookie_behavior=cloudfront.CacheCookieBehavior.none(),
            enable_accept_encoding_gzip=True,
            enable_accept_encoding_brotli=True,
        )

    def _api_behavior(self, api: Api) -> cloudfront.BehaviorOptions:
        """Serve the API on the CDN's own name as well, so that its cookies are first-party there."""
        return cloudfront.BehaviorOptions(
            origin=origins.HttpOrigin(
                api.host_name,
                protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
                origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
                custom_headers=self.origin_keys.headers if self.origin_keys else None,
            ),
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
            allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
            cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
            origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        )


def _lifetimes(config: StageConfig) -> dict[str, str]:
    return {
        "URL_TTL_SECONDS": str(config.delivery.url_ttl_seconds),
        "URL_WINDOW_SECONDS": str(config.delivery.url_window_seconds),
    }


def _with(options: cloudfront.BehaviorOptions, **changes: object) -> cloudfront.BehaviorOptions:
    return cloudfront.BehaviorOptions(**{**options._values, **changes})
