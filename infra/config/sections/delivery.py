"""Settings of the CDN, of the API and of the console."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from infra.config.fields import CdnCertificateArn, CdnWebAclArn, CertificateArn, DomainName, HttpsOrigin
from infra.config.sections.section import Section, require_both


class Delivery(Section):
    """The CDN, or presigned requests to S3 where `cdn` is false."""

    cdn: bool = True
    """Deliver media through CloudFront; if not, by presigned S3 requests."""
    domain_name: DomainName | None = None
    """A name of yours for the CDN; make it a CNAME of the distribution."""
    certificate_arn: CdnCertificateArn | None = None
    """The certificate of `domain_name`, in us-east-1, because CloudFront reads certificates there."""
    price_class: Literal["100", "200", "all"] = "100"
    """Edge locations: `100` is North America and Europe, `200` adds most of Asia, `all` is everywhere."""
    signing_algorithm: Literal["ecdsa-p256", "rsa-2048"] = "ecdsa-p256"
    """The kind of new signing keys; a generation keeps the kind that it was made with."""
    signing_key_generations: Annotated[
        tuple[Annotated[int, Field(ge=1, le=9999)], ...], Field(min_length=1, max_length=4)
    ] = (1,)
    """Signing keys by number: the first one signs, CloudFront accepts all. `foveal rotate-signing-key` changes it."""
    url_ttl_seconds: Annotated[int, Field(ge=60, le=604_800)] = 3600
    """A URL lives at least so long, unless a caller asks for another time."""
    url_window_seconds: Annotated[int, Field(ge=1, le=86_400)] = 3600
    """Everybody gets the same URL for so long, so that browsers and proxies cache it; it lives so much longer."""
    access_logs: bool = False
    """CloudFront writes every request into a bucket for logs; the logs hold signatures of URLs."""
    web_acl_arn: CdnWebAclArn | None = None
    """A web ACL of AWS WAF before the CDN, from us-east-1."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        require_both(self.domain_name, self.certificate_arn)
        if not self.cdn and (self.domain_name or self.web_acl_arn or self.access_logs):
            raise ValueError("domain_name, web_acl_arn and access_logs belong to the CDN; leave them out, or set cdn")
        if self.url_window_seconds > self.url_ttl_seconds:
            raise ValueError("url_window_seconds must not exceed url_ttl_seconds: no URL lives twice as long as asked")
        if len(set(self.signing_key_generations)) != len(self.signing_key_generations):
            raise ValueError("signing_key_generations must name each generation once; the first one signs")
        return self


class Api(Section):
    """The HTTP API."""

    domain_name: DomainName | None = None
    """A name of yours for the API; make it a CNAME of the output `ApiDomainTarget`."""
    certificate_arn: CertificateArn | None = None
    """The certificate of `domain_name`, in the region of the stage."""
    throttle_rate_per_second: Annotated[int, Field(ge=1, le=10_000)] = 500
    """Requests a second for all callers together; more are answered 429."""
    throttle_burst: Annotated[int, Field(ge=1, le=5_000)] = 1_000
    """Requests at once above the rate."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        require_both(self.domain_name, self.certificate_arn)
        return self


class Console(Section):
    """The console, a web page below `/console/` of the CDN. Without the CDN there is none.

    With the Cognito user pool it has a client of its own; with `auth.issuer` it is there once `client_id` names one.
    """

    enabled: bool = True
    """Serve the console."""
    client_id: Annotated[str, Field(min_length=1)] | None = None
    """The public client of `auth.issuer` by which people sign in: authorization code with PKCE, no secret, and the
    address `/console/callback` of the CDN."""
    scopes: tuple[str, ...] = ("openid", "offline_access")
    """Scopes that the console asks `auth.issuer` for."""
    audience: Annotated[str, Field(min_length=1)] | None = None
    """The parameter `audience` of the sign-in at `auth.issuer`: Auth0 needs the identifier of the API there, and issues
    an opaque token without it. Most issuers need none."""
    login_origins: tuple[HttpsOrigin, ...] = ()
    """Origins of the token and revocation endpoints of `auth.issuer`, where they differ from its own."""
