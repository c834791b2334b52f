"""The HTTP API: every route needs a verified token, except those with a ticket in their path and the reference."""

import json
from functools import cached_property
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from foveal.stack_contract import DEFAULT_ROUTE_FUNCTION, PUBLIC_ROUTES, ROUTES
from infra.access.issuer import Issuer
from infra.config import StageConfig
from infra.functions.log_group import log_group
from infra.outputs import output

ACCESS_LOG = {
    **{
        name: f"$context.{name}"
        for name in (
            *("requestId", "requestTimeEpoch", "routeKey", "status", "protocol", "responseLength", "responseLatency"),
            *("integrationLatency", "integrationStatus", "integrationErrorMessage", "authorizer.error"),
            "error.message",
        )
    },
    "sourceIp": "$context.identity.sourceIp",
    "subject": "$context.authorizer.claims.sub",
}  # no path and no query: a path may hold a ticket
CORS_HEADERS = [
    *("authorization", "content-type", "idempotency-key", "if-match", "if-none-match"),
    *("range", "if-range"),  # of a request for bytes, which is answered by a redirect to them
]
UPPY_HEADERS = ["uppy-auth-token", "uppy-credentials-params"]


class Api(Construct):
    """API Gateway with its JWT authorizer, throttling and access log; `serve` adds the routes of a function."""

    def __init__(self, scope: Construct, id: str, *, config: StageConfig, issuer: Issuer, key: kms.IKey | None) -> None:
        super().__init__(scope, id)
        self.http_api = apigateway.HttpApi(
            self,
            "HttpApi",
            description=f"Foveal {config.stage}",
            create_default_stage=False,
            cors_preflight=apigateway.CorsPreflightOptions(
                allow_origins=list(config.allowed_origins),
                allow_methods=[
                    apigateway.CorsHttpMethod.GET,
                    apigateway.CorsHttpMethod.POST,
                    apigateway.CorsHttpMethod.PUT,
                    apigateway.CorsHttpMethod.PATCH,
                    apigateway.CorsHttpMethod.DELETE,
                ],
                allow_headers=[*CORS_HEADERS, *UPPY_HEADERS],
                expose_headers=["annotation-revision", "etag", "location", "retry-after"],
                allow_credentials="*" not in config.allowed_origins,
                max_age=cdk.Duration.hours(1),
            ),
        )
        self._issuer = issuer
        self.stage = apigateway.HttpStage(
            self,
            "Stage",
            http_api=self.http_api,
            stage_name="$default",
            auto_deploy=True,
            detailed_metrics_enabled=True,
            throttle=apigateway.ThrottleSettings(
                rate_limit=config.api.throttle_rate_per_second, burst_limit=config.api.throttle_burst
            ),
        )
        cast(
            apigateway.CfnStage, self.stage.node.default_child
        ).access_log_settings = apigateway.CfnStage.AccessLogSettingsProperty(
            destination_arn=log_group(self, "AccessLogs", config, key).log_group_arn,
            format=json.dumps(ACCESS_LOG),
        )
        self.host_name = f"{self.http_api.api_id}.execute-api.{cdk.Aws.REGION}.{cdk.Aws.URL_SUFFIX}"
        self.url = f"https://{config.api.domain_name or self.host_name}"
        output(self, "ApiUrl", self.url)
        self._use_own_domain(config)

    @cached_property
    def _authorizer(self) -> authorizers.HttpJwtAuthorizer:
        """The check of tokens, made with the first route: by then every client of the issuer is known."""
        return authorizers.HttpJwtAuthorizer("Token", self._issuer.url, jwt_audience=self._issuer.audience)

    def serve(self, name: str, function: lambda_.IFunction) -> None:
        """Add the routes that `foveal.stack_contract` gives a function; one permission covers all of them.

        Requests that no route matches go to one of the functions, which answers with a problem document. API Gateway
        answers 401 by itself, with `message` only: an HTTP API has no gateway responses of one's own.
        """
        integration = integrations.HttpLambdaIntegration(name, function, scope_permission_to_route=False)
        if name == DEFAULT_ROUTE_FUNCTION:
            apigateway.HttpRoute(
                self,
                "DefaultRoute",
                http_api=self.http_api,
                route_key=apigateway.HttpRouteKey.DEFAULT,
                integration=integration,
                authorizer=apigateway.HttpNoneAuthorizer(),
            )
        for key in ROUTES.get(name, ()):
            method, path = key.split(" ")
            self.http_api.add_routes(
                path=path,
                methods=[apigateway.HttpMethod[method]],
                integration=integration,
                authorizer=apigateway.HttpNoneAuthorizer() if key in PUBLIC_ROUTES else self._authorizer,
            )

    def _use_own_domain(self, config: StageConfig) -> None:
        if not config.api.domain_name or not config.api.certificate_arn:
            return
        domain = apigateway.DomainName(
            self,
            "DomainName",
            domain_name=config.api.domain_name,
            certificate=acm.Certificate.from_certificate_arn(self, "Certificate", config.api.certificate_arn),
            security_policy=apigateway.SecurityPolicy.TLS_1_2,
        )
        apigateway.ApiMapping(self, "Mapping", api=self.http_api, domain_name=domain, stage=self.stage)
        output(self, "ApiDomainTarget", domain.regional_domain_name, "CNAME of the API's domain")
