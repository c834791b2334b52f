"""Settings of sign-in, of devices, of MongoDB and of the network."""

import re
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from infra.config.fields import (
    HttpsUrl,
    KmsKeyArn,
    Scope,
    SecretArn,
    SecurityGroupId,
    Slug,
    SubnetId,
    TrustAnchorArn,
    like,
)
from infra.config.sections.section import Section


class Auth(Section):
    """Sign-in: a Cognito user pool of the stack, or your OIDC issuer when `issuer` is given."""

    issuer: HttpsUrl | None = None
    """The URL of your OIDC issuer, as in the `iss` of its tokens."""
    audience: tuple[str, ...] = ()
    """The `aud` (or client id) of the tokens to accept; needed with `issuer`."""
    roles_claim: Annotated[str, Field(min_length=1)] = "cognito:groups"
    """The claim that lists roles as `<project>:<role>`."""
    scope_prefix: str = "foveal/"
    """The prefix of `<project>:<role>` in a scope of a machine's token; changed only with `issuer`."""
    user_password_flow: bool = False
    """Accept a name and a password that are sent to Cognito directly; only in `dev`."""
    self_sign_up: bool = False
    """Let people make accounts by themselves; without a role they see nothing."""
    machine_clients: dict[Slug, Annotated[tuple[Scope, ...], Field(min_length=1)]] = Field(default_factory=dict)
    """A client with its scopes for each machine: `{ robot = ["demo:editor"] }`."""
    machine_scopes: tuple[Scope, ...] = ()
    """Scopes that exist without a client that has them, for clients made by hand."""
    token_domain_prefix: Slug | None = None
    """Beginning of the domain of sign-in pages and tokens, unique in the region; by default of the stack's id."""
    native_client_id: str | None = None
    """The public client of `issuer` by which `foveal login` signs in; without it, people bring tokens themselves."""
    native_scopes: tuple[str, ...] = ("openid", "offline_access")
    """Scopes that `foveal login` asks `issuer` for."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.issuer and not self.audience:
            raise ValueError("audience is needed with issuer: list the `aud` (or client id) of the tokens to accept")
        if self.audience and not self.issuer:
            raise ValueError("audience goes with issuer; leave it out to use the Cognito user pool")
        if self.issuer and (
            self.machine_clients or self.machine_scopes or self.user_password_flow or self.self_sign_up
        ):
            raise ValueError("machine_clients, machine_scopes and sign-in flows are the issuer's own; leave them out")
        if self.native_client_id and not self.issuer:
            raise ValueError("native_client_id is a client of issuer; the Cognito user pool has one of its own")
        if not self.issuer and self.scope_prefix != "foveal/":
            raise ValueError("scope_prefix is foveal/ with the Cognito user pool; change it only with issuer")
        return self


class Devices(Section):
    """Direct uploads with a device's own credentials, below `media/{project}/{device}/` and nowhere else.

    An empty section, `[devices]`, makes the policy; its ARN is the output `DevicesPolicyArn`.
    """

    project_tag: Annotated[str, Field(min_length=1)] = "foveal-project"
    """The session tag that holds the project: `x509Subject/OU` with IAM Roles Anywhere."""
    device_tag: Annotated[str, Field(min_length=1)] = "foveal-device"
    """The session tag that holds the device's name: `x509Subject/CN` with IAM Roles Anywhere."""
    trusted_service: Literal["rolesanywhere.amazonaws.com"] | None = None
    """Makes a role that this service can assume for devices."""
    trust_anchor_arn: TrustAnchorArn | None = None
    """The trust anchor whose certificates the role accepts; needed with `trusted_service`."""

    @model_validator(mode="after")
    def _anchored(self) -> Self:
        if bool(self.trusted_service) != bool(self.trust_anchor_arn):
            raise ValueError("trusted_service and trust_anchor_arn go together")
        return self


class MongoDb(Section):
    """Exactly one of: a secret that holds the URI (by name or ARN), or a URI without credentials (IAM)."""

    database: Annotated[str, like(r"[A-Za-z0-9_-]{1,38}", "foveal")] = "foveal"
    """The database of the stage."""
    secret_name: Annotated[str, like(r"[A-Za-z0-9/_+=.@-]{1,512}", "foveal/prod/mongodb")] | None = None
    """The secret that holds the URI, in the account and region of the stage."""
    secret_arn: SecretArn | None = None
    """The secret that holds the URI, by its full ARN."""
    secret_kms_key_arn: KmsKeyArn | None = None
    """The key of `secret_arn`, when it has one of its own."""
    uri: Annotated[str, like(r"mongodb(\+srv)?://\S+", "mongodb+srv://cluster.example.net/?authMechanism=…")] | None = (
        None
    )
    """The URI itself, without credentials: `authMechanism=MONGODB-AWS` signs functions in by their roles."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if sum(source is not None for source in (self.secret_name, self.secret_arn, self.uri)) != 1:
            raise ValueError("give exactly one of secret_name, secret_arn and uri")
        if self.uri and ("@" in self.uri or re.search(r"password|token|secret", self.uri, re.IGNORECASE)):
            raise ValueError("uri must hold no credentials: put such a URI into a secret and give secret_name")
        if self.uri and "authMechanism=MONGODB-AWS" not in self.uri:
            raise ValueError("uri must say authMechanism=MONGODB-AWS&authSource=%24external: the role signs in")
        return self


class Network(Section):
    """Your VPC. It needs routes (endpoints or NAT) to S3, SQS, Secrets Manager, EventBridge, Lambda, MongoDB,
    Cognito and CloudWatch.

    CloudFront's API, which removes deleted media from the CDN, has no endpoint in a VPC: it needs a NAT.
    """

    vpc_id: Annotated[str, like(r"vpc-([0-9a-f]{8}|[0-9a-f]{17})", "vpc-0123456789abcdef0")]
    """The VPC in which the functions run."""
    availability_zones: Annotated[tuple[str, ...], Field(min_length=1)]
    """The zone of each subnet, in the order of `private_subnet_ids`."""
    private_subnet_ids: Annotated[tuple[SubnetId, ...], Field(min_length=1)]
    """The subnets of the functions."""
    security_group_ids: Annotated[tuple[SecurityGroupId, ...], Field(min_length=1)]
    """The security groups of the functions."""

    @model_validator(mode="after")
    def _pairs(self) -> Self:
        if len(self.availability_zones) != len(self.private_subnet_ids):
            raise ValueError("availability_zones and private_subnet_ids must have the same length, zone by subnet")
        return self
