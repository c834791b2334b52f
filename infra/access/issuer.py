"""Issuers of access tokens: a Cognito user pool of the stack, or any OIDC issuer."""

import json
from typing import Protocol
from urllib.parse import urlsplit

import aws_cdk as cdk
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_iam as iam
from constructs import Construct

from foveal.stack_contract import SIGN_IN_REDIRECT_URIS
from infra.config import StageConfig
from infra.outputs import output
from infra.removal_policy import removal_policy

RESOURCE_SERVER = "foveal"
MANAGE_PEOPLE = (
    *("cognito-idp:AdminGetUser", "cognito-idp:AdminCreateUser"),
    *("cognito-idp:ListGroups", "cognito-idp:ListUsersInGroup", "cognito-idp:AdminListGroupsForUser"),
    *("cognito-idp:CreateGroup", "cognito-idp:AdminAddUserToGroup", "cognito-idp:AdminRemoveUserFromGroup"),
)
"""Invitations and roles: no account is deleted, changed or signed out, and no password is set."""


class Issuer(Protocol):
    """The issuer URL and the accepted audiences, from which API Gateway verifies a token; its public clients."""

    url: str
    audience: list[str]
    native_client_id: str | None
    native_scopes: list[str]
    console_scopes: list[str]
    console_audience: str | None
    """The parameter `audience` of the authorization request, which some issuers need to issue a token for an API."""
    login_origins: list[str]
    """Origins of discovery and of the token and revocation endpoints, which the console calls."""

    def console_client_id(self, url: str, /) -> str:
        """Return the client of the console that is served at this URL."""
        ...

    def people_environment(self) -> dict[str, str]:
        """Return the variables that tell the people function where people are kept."""
        ...

    def grant_manage_people(self, role: iam.Role, /) -> None:
        """Let a role invite people and give them roles, where the stack keeps them."""
        ...


class ExternalIssuer:
    """An OIDC issuer that the platform team runs."""

    def __init__(self, config: StageConfig) -> None:
        self.url = str(config.auth.issuer)
        self.audience = list(config.auth.audience)
        self.native_client_id = config.auth.native_client_id
        self.native_scopes = list(config.auth.native_scopes)
        self.console_scopes = list(config.console.scopes)
        self.console_audience = config.console.audience
        self.login_origins = [_origin(self.url), *config.console.login_origins]
        self._console_client_id = config.console.client_id or ""

    def console_client_id(self, _url: str, /) -> str:
        return self._console_client_id

    def people_environment(self) -> dict[str, str]:
        return {"ISSUER": self.url}

    def grant_manage_people(self, _role: iam.Role, /) -> None:
        """Grant nothing: this issuer keeps its people itself."""


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
    """A user pool with clients for browsers, native apps and the console, and one for each machine with its scopes."""

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
        self.console_scopes = [cognito.OAuthScope.OPENID.scope_name]
        self.console_audience: str | None = None
        self.login_origins = [f"https://cognito-idp.{cdk.Aws.REGION}.amazonaws.com", domain.base_url()]
        output(self, "UserPoolId", self.pool.user_pool_id)
        output(self, "TokenUrl", f"{domain.base_url()}/oauth2/token")

    def console_client_id(self, url: str, /) -> str:
        """Make the public client of the console, whose tokens the API accepts from then on; return its id."""
        client = self._code_client(
            "Console", callback_urls=[f"{url}/console/callback"], logout_urls=[f"{url}/console/"]
        )
        self.audience.append(client.user_pool_client_id)
        return client.user_pool_client_id

    def people_environment(self) -> dict[str, str]:
        return {"ISSUER": self.url, "USER_POOL_ID": self.pool.user_pool_id}

    def grant_manage_people(self, role: iam.Role, /) -> None:
        statement = iam.PolicyStatement(actions=list(MANAGE_PEOPLE), resources=[self.pool.user_pool_arn])
        role.add_to_principal_policy(statement)

    def _native_client(self) -> cognito.UserPoolClient:
        """Return the public client of programs on a person's machine."""
        return self._code_client("Native", callback_urls=list(SIGN_IN_REDIRECT_URIS))

    def _code_client(
        self, id: str, *, callback_urls: list[str], logout_urls: list[str] | None = None
    ) -> cognito.UserPoolClient:
        """Return a public client: authorization code with PKCE on the pool's sign-in pages, no secret.

        A refresh token is good for one use; for half a minute it may be repeated, in case the answer was lost. A flow
        has to be named, because without one Cognito allows REFRESH_TOKEN_AUTH, which excludes rotation.
        """
        return self.pool.add_client(
            id,
            generate_secret=False,
            auth_flows=cognito.AuthFlow(user_srp=True),
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(authorization_code_grant=True),
                scopes=[cognito.OAuthScope.OPENID],
                callback_urls=callback_urls,
                logout_urls=logout_urls,
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


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _stack_suffix() -> str:
    """Return eight characters of the stack's id: a domain prefix is unique in a region, over all accounts."""
    return cdk.Fn.select(0, cdk.Fn.split("-", cdk.Fn.select(2, cdk.Fn.split("/", cdk.Aws.STACK_ID))))
