"""The console's bucket, its paths on the distribution, and the function that fills the bucket."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.access.issuer import Issuer
from infra.config import StageConfig
from infra.console.headers import console_headers
from infra.functions.function import Function, FunctionDefaults
from infra.outputs import output
from infra.storage.media_bucket import Storage
from infra.warnings import acknowledge

PATHS_CODE = Path(__file__).with_name("paths.js")
FUNCTION = "console"


class ConsoleSite(Construct):
    """Private bucket of the console's built files, delivered below `/console/` of the stage's distribution."""

    def __init__(self, scope: Construct, id: str, *, config: StageConfig, storage: Storage, issuer: Issuer) -> None:
        super().__init__(scope, id)
        self._config = config
        self._connected = [*issuer.login_origins, storage.upload_origin]
        is_logged = config.storage.access_logs
        self.bucket = s3.Bucket(
            self,
            "Files",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            lifecycle_rules=[
                s3.LifecycleRule(id="replaced", noncurrent_version_expiration=cdk.Duration.days(30)),
                s3.LifecycleRule(id="incomplete-uploads", abort_incomplete_multipart_upload_after=cdk.Duration.days(1)),
            ],
            server_access_logs_bucket=storage.access_logs if is_logged else None,
            server_access_logs_prefix="console/" if is_logged else None,
            removal_policy=cdk.RemovalPolicy.DESTROY,  # it holds a program and no data; the function empties it
        )

    def behaviors(self, cache_policy: cloudfront.ICachePolicy) -> dict[str, cloudfront.BehaviorOptions]:
        """Return the behaviors of the distribution, by path; nothing of them is signed.

        A request to the origin is always the read of one key below `console/`; the right to list only makes S3 answer
        404 for a file that is not there, where it would answer 403.
        """
        acknowledge(
            self,
            "@aws-cdk/aws-cloudfront-origins:listBucketSecurityRisk",
            "It warns of a bucket behind the default behavior, whose root would be a listing; this one is behind "
            "/console/* only.",
        )
        paths = cloudfront.Function(
            self,
            "Paths",
            comment=f"Foveal {self._config.stage}: the root leads to the console, paths without a file get its page",
            code=cloudfront.FunctionCode.from_inline(PATHS_CODE.read_text(encoding="utf-8")),
            runtime=cloudfront.FunctionRuntime.JS_2_0,
        )
        options = cloudfront.BehaviorOptions(
            origin=origins.S3BucketOrigin.with_origin_access_control(
                self.bucket, origin_access_levels=[cloudfront.AccessLevel.READ, cloudfront.AccessLevel.LIST]
            ),
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD,
            cache_policy=cache_policy,
            response_headers_policy=console_headers(self, self._config, self._connected),
            function_associations=[
                cloudfront.FunctionAssociation(function=paths, event_type=cloudfront.FunctionEventType.VIEWER_REQUEST)
            ],
            compress=True,
        )
        return {"/": options, "/console": options, "/console/*": options}

    def publish(self, *, defaults: FunctionDefaults, url: str, issuer: Issuer) -> None:
        """Put the built files and `config.json` into the bucket with each deployment that changes one of them.

        `url` is that of the distribution, where people come back to after sign-in. The page is served beside the API,
        so that `api` is empty: paths of the API hold for the page's own origin.
        """
        publisher = Function(
            self,
            "Publisher",
            defaults=defaults,
            name=FUNCTION,
            description="Puts the console's files and settings into their bucket (custom resource)",
            memory_mib=512,
            timeout_seconds=120,
        )
        publisher.add_to_role_policy(
            iam.PolicyStatement(
                actions=["s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"],
                resources=[self.bucket.arn_for_objects("console/*")],
            )
        )
        publisher.add_to_role_policy(
            iam.PolicyStatement(actions=["s3:ListBucket", "s3:ListBucketVersions"], resources=[self.bucket.bucket_arn])
        )
        settings = {
            "api": "",
            "stage": self._config.stage,
            "sign_in": {
                "issuer": issuer.url,
                "discovery_url": f"{issuer.url.rstrip('/')}/.well-known/openid-configuration",
                "client_id": issuer.console_client_id(url),
                "scopes": issuer.console_scopes,
                **({"audience": issuer.console_audience} if issuer.console_audience else {}),
            },
        }
        published = cdk.CustomResource(
            self,
            "Published",
            resource_type="Custom::FovealConsole",
            service_token=publisher.function_arn,
            service_timeout=cdk.Duration.minutes(3),
            properties={
                "Bucket": self.bucket.bucket_name,
                "Settings": cdk.Stack.of(self).to_json_string(settings),
                "Files": defaults.bundler.built_digest(FUNCTION),
            },
        )
        published.node.add_dependency(publisher.execution_role, self.bucket)
        output(self, "ConsoleUrl", f"{url}/console/")
        output(self, "ConsoleBucketName", self.bucket.bucket_name)
