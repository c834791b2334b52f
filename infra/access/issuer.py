"""Issuers of access tokens: a Cognito user pool of the stack, or any OIDC issuer."""

from typing import Protocol

import aws_cdk as cdk
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from infra.config import StageConfig
from infra.outputs import output
from infra.removal_policy import removal_policy

RESOURCE_SERVER = "foveal"


class Issuer(Protocol):
    """The issuer URL and the accepted audiences, from which API Gateway verifies a token."""

    url: str
    audience: list[str]


class ExternalIssuer:
    """An OIDC issuer that the platform team runs."""

    def __init__(self, config: StageConfig) -> None:
        self.url = str(config.auth.issuer)
        self.audience = list(config.auth.audience)


def issuer_of(scope: Construct, config: StageConfig) -> Issuer:
    """Return the issuer that the stage names, or a new user pool."""
    issuer = ExternalIssuer(config) if config.auth.issuer else UserPoolIssuer(scope, "Auth", config=config)
    output(scope, "Issuer", issuer.url)
    output(scope, "ClientId", issuer.audience[0])
    return issuer


class UserPoolIssuer(Construct):
    """A user pool with a client for browsers and apps, and one for each machine with its scopes."""

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
        machines = self._machine_clients(config)
        self.url = f"https://cognito-idp.{cdk.Aws.REGION}.amazonaws.com/{self.pool.user_pool_id}"
        self.audience = [client.user_pool_client_id for client in (self.client, *machines)]
        output(self, "UserPoolId", self.pool.user_pool_id)

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
        if config.auth.token_domain_prefix:
            self.pool.add_domain(
                "TokenDomain",
                cognito_domain=cognito.CognitoDomainOptions(domain_prefix=config.auth.token_domain_prefix),
            )
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
