"""Issuers of access tokens: a Cognito user pool of the stack, or any OIDC issuer."""

import json
from typing import Protocol

import aws_cdk as cdk
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from foveal.stack_contract import SIGN_IN_REDIRECT_URIS
from infra.config import StageConfig
from infra.outputs import output
from infra.removal_policy import removal_policy

RESOURCE_SERVER = "foveal"


class Issuer(Protocol):
    """The issuer URL and the accepted audiences, from which API Gateway verifies a token; the client of native apps."""

    url: str
    audience: list[str]
    native_client_id: str | None
    native_scopes: list[str]


class ExternalIssuer:
    """An OIDC issuer that the platform team runs."""

    def __init__(self, config: StageConfig) -> None:
        self.url = str(config.auth.issuer)
        self.audience = list(config.auth.audience)
        self.native_client_id = config.auth.native_client_id
        self.native_scopes = list(config.auth.native_scopes)


def issuer_of(scope: Construct, config: StageConfig) -> Issuer:
    """Return the issuer that the stage names, or a new user pool."""
    issuer = ExternalIssuer(config) if config.auth.issuer else UserPoolIssuer(scope, "Auth", config=config)
    output(scope, "Issuer", issuer.url)
    output(scope, "ClientId", issuer.audience[0])
    return issuer


def sign_in_environment(issuer: Issuer) -> dict[str, str]:
    """Return the variable from which a function tells clients how to sign in; none without a client for them."""
    if issuer.native_client_id is None:
        return {}
    found = {"issuer": issuer.url, "client_id": issuer.native_client_id, "scopes": issuer.native_scopes}
    return {"SIGN_IN": json.dumps(found, sort_keys=True)}


class UserPoolIssuer(Construct):
    """A user pool with a client for browsers, one for native apps, and one for each machine with its scopes."""

    def __init__(self, scope: Construct, id: str, *, config: StageConfig) -> None:
        super().__init__(scope, id)
        auth = config.auth
        self.pool = cognito.UserPool(
            self,
            "UserPool",
            self_sign_up_enabled=auth.self_sign_up,
            sign_in_aliases=cognito.SignInAliases(username=True, email=True),
            sign_in_case_sensitive=False,
            auto_verify=cognito.AutoVerifiedAttrs(email=True),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            mfa=cognito.Mfa.OPTIONAL,
            mfa_second_factor=cognito.MfaSecondFactor(sms=False, otp=True),
            password_policy=cognito.PasswordPolicy(
                min_length=12, require_lowercase=True, require_uppercase=True, require_digits=True, require_symbols=True
            ),
            deletion_protection=config.removal_policy == "retain",
            removal_policy=removal_policy(config),
        )
        self.client = self.pool.add_client(
            "Web",
            generate_secret=False,
            auth_flows=cognito.AuthFlow(user_srp=True, user_password=auth.user_password_flow),
            disable_o_auth=True,
            access_token_validity=cdk.Duration.hours(1),
            id_token_validity=cdk.Duration.hours(1),
            refresh_token_validity=cdk.Duration.days(30),
            enable_token_revocation=True,
            prevent_user_existence_errors=True,
        )
        native = self._native_client()
        machines = self._machine_clients(config)
        prefix = auth.token_domain_prefix or f"foveal-{config.stage}-{_stack_suffix()}"
        domain = self.pool.add_domain("TokenDomain", cognito_domain=cognito.CognitoDomainOptions(domain_prefix=prefix))
        self.url = f"https://cognito-idp.{cdk.Aws.REGION}.amazonaws.com/{self.pool.user_pool_id}"
        self.audience = [client.user_pool_client_id for client in (self.client, native, *machines)]
        self.native_client_id: str | None = native.user_pool_client_id
        self.native_scopes = [cognito.OAuthScope.OPENID.scope_name]
        output(self, "UserPoolId", self.pool.user_pool_id)
        output(self, "TokenUrl", f"{domain.base_url()}/oauth2/token")

    def _native_client(self) -> cognito.UserPoolClient:
        """Return the public client of programs on a person's machine: authorization code with PKCE on the loopback.

        A refresh token is good for one use; for half a minute it may be repeated, in case the answer was lost. A flow
        has to be named, because without one Cognito allows REFRESH_TOKEN_AUTH, which excludes rotation.
        """
        return self.pool.add_client(
            "Native",
            generate_secret=False,
            auth_flows=cognito.AuthFlow(user_srp=True),
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(authorization_code_grant=True),
                scopes=[cognito.OAuthScope.OPENID],
                callback_urls=list(SIGN_IN_REDIRECT_URIS),
            ),
            supported_identity_providers=[cognito.UserPoolClientIdentityProvider.COGNITO],
            access_token_validity=cdk.Duration.hours(1),
            id_token_validity=cdk.Duration.hours(1),
            refresh_token_validity=cdk.Duration.days(30),
            refresh_token_rotation_grace_period=cdk.Duration.seconds(30),
            enable_token_revocation=True,
            prevent_user_existence_errors=True,
        )

    def _machine_clients(self, config: StageConfig) -> list[cognito.UserPoolClient]:
        names = sorted(
            {*config.auth.machine_scopes, *(s for each in config.auth.machine_clients.values() for s in each)}
        )
        if not names:
            return []
        scopes = {
            name: cognito.ResourceServerScope(scope_name=name, scope_description=f"Machines: {name}") for name in names
        }
        server = self.pool.add_resource_server("Api", identifier=RESOURCE_SERVER, scopes=list(scopes.values()))
        return [
            self.pool.add_client(
                f"Machine-{machine}",
                user_pool_client_name=machine,
                generate_secret=True,
                o_auth=cognito.OAuthSettings(
                    flows=cognito.OAuthFlows(client_credentials=True),
                    scopes=[cognito.OAuthScope.resource_server(server, scopes[name]) for name in wanted],
                ),
                access_token_validity=cdk.Duration.hours(1),
            )
            for machine, wanted in sorted(config.auth.machine_clients.items())
        ]


def _stack_suffix() -> str:
    """Return eight characters of the stack's id: a domain prefix is unique in a region, over all accounts."""
    return cdk.Fn.select(0, cdk.Fn.split("-", cdk.Fn.select(2, cdk.Fn.split("/", cdk.Aws.STACK_ID))))
