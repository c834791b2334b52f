"""Private media that the CDN caches: every path signed, the signature never in the cache key, headers that disarm."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from foveal.objects.metadata import CHECKSUM, FILE_NAME, SIZE
from tests.infra.template import Template, actions, flatten, resources

DISTRIBUTION = "AWS::CloudFront::Distribution"
SIGNED_PATHS = ("default", "/media/*", "/masks/*", "/exports/*", "/derived/*")
CONSOLE_PATHS = ("/", "/console", "/console/*")
HEADERS = "AWS::CloudFront::ResponseHeadersPolicy"


def distribution(template: Template) -> dict[str, Any]:
    found: dict[str, Any] = template.only(DISTRIBUTION)["DistributionConfig"]
    return found


def behaviors(template: Template) -> Iterator[tuple[str, dict[str, Any]]]:
    config = distribution(template)
    yield "default", config["DefaultCacheBehavior"]
    for each in config["CacheBehaviors"]:
        yield each["PathPattern"], each


def cache_key(template: Template, behavior: dict[str, Any]) -> dict[str, Any]:
    policy = template.of_type("AWS::CloudFront::CachePolicy")[behavior["CachePolicyId"]["Ref"]]
    found: dict[str, Any] = policy["CachePolicyConfig"]["ParametersInCacheKeyAndForwardedToOrigin"]
    return found


def test_every_path_of_the_cdn_into_the_bucket_needs_a_signature(template: Template) -> None:
    group = next(iter(template.of_type("AWS::CloudFront::KeyGroup")))
    assert {path for path, _ in behaviors(template)} == {*SIGNED_PATHS, "/v1/*", *CONSOLE_PATHS}
    for path, behavior in behaviors(template):
        if path in SIGNED_PATHS:
            assert behavior["TrustedKeyGroups"] == [{"Ref": group}], path


def test_bucket_is_readable_by_one_distribution(template: Template) -> None:
    policy = template.named("StorageMedia", "AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    (allowed,) = (
        statement
        for statement in policy
        if statement["Effect"] == "Allow"
        and "Service" in statement["Principal"]
        and statement["Principal"]["Service"] == "cloudfront.amazonaws.com"
    )
    (condition,) = allowed["Condition"]["StringEquals"].items()
    assert condition[0] == "AWS:SourceArn"
    assert flatten(condition[1]).endswith(":distribution/<DeliveryDistribution45EACD51>")
    assert actions(allowed) == {"s3:GetObject", "s3:GetObjectVersion"}


def test_viewers_use_https_and_origins_tls_1_2(template: Template) -> None:
    for path, behavior in behaviors(template):
        expected = "redirect-to-https" if path in CONSOLE_PATHS else "https-only"
        assert behavior["ViewerProtocolPolicy"] == expected, path
    for origin in distribution(template)["Origins"]:
        if "CustomOriginConfig" in origin:
            assert origin["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
            assert origin["CustomOriginConfig"]["OriginSSLProtocols"] == ["TLSv1.2"]
        else:
            assert origin["OriginAccessControlId"]
    assert distribution(template)["HttpVersion"] == "http2and3"


def test_viewers_of_the_same_object_share_its_cache_entry(template: Template) -> None:
    for path, behavior in behaviors(template):
        if path == "/v1/*":
            continue
        key = cache_key(template, behavior)
        assert key["CookiesConfig"] == {"CookieBehavior": "none"}
        assert key["HeadersConfig"] == {"HeaderBehavior": "none"}
        signature = {"Expires", "Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm"}
        assert not signature & set(key["QueryStringsConfig"].get("QueryStrings", []))
        assert key["QueryStringsConfig"]["QueryStringBehavior"] in ("none", "whitelist")


@pytest.mark.parametrize("path", ["/media/*", "/masks/*", "/exports/*"])
def test_cache_key_of_originals_has_version_and_file_name(template: Template, path: str) -> None:
    key = cache_key(template, dict(behaviors(template))[path])
    assert set(key["QueryStringsConfig"]["QueryStrings"]) == {
        "versionId",
        "response-cache-control",
        "response-content-disposition",
        "response-content-type",
    }


def test_media_cannot_run_in_a_browser(template: Template) -> None:
    headers = template.named("DeliveryMediaHeaders", HEADERS)["ResponseHeadersPolicyConfig"]
    security = headers["SecurityHeadersConfig"]
    assert security["ContentTypeOptions"] == {"Override": True}
    assert security["ContentSecurityPolicy"]["Override"] is True
    policy = security["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    assert policy.startswith("sandbox;")
    assert "allow-scripts" not in policy
    assert "default-src 'none'" in policy
    assert security["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 31_536_000
    assert security["ReferrerPolicy"]["ReferrerPolicy"] == "no-referrer"
    assert "*" not in headers["CorsConfig"]["AccessControlAllowOrigins"]["Items"]
    (name,) = (each for each in template.of_type(HEADERS) if each.startswith("DeliveryMediaHeaders"))
    for path, behavior in behaviors(template):
        if path in SIGNED_PATHS:
            assert behavior["ResponseHeadersPolicyId"] == {"Ref": name}, path


def test_headers_that_an_uploader_stored_are_removed_or_stated_by_the_url(template: Template) -> None:
    policy = template.named("DeliveryMediaHeaders", HEADERS)["ResponseHeadersPolicyConfig"]
    removed = {each["Header"] for each in policy["RemoveHeadersConfig"]["Items"]}
    declared = {f"x-amz-meta-{name}" for name in (FILE_NAME, SIZE, CHECKSUM)}
    stated = cache_key(template, dict(behaviors(template))["/media/*"])["QueryStringsConfig"]["QueryStrings"]
    assert removed == {"content-language", "expires", *declared}
    assert {"response-content-type", "response-content-disposition", "response-cache-control"} <= set(stated)


def test_preflight_of_media_allows_every_header_that_the_redirect_to_it_carries(template: Template) -> None:
    media = template.named("DeliveryMediaHeaders", HEADERS)["ResponseHeadersPolicyConfig"]["CorsConfig"]
    allowed = set(media["AccessControlAllowHeaders"]["Items"])
    sent = set(template.only("AWS::ApiGatewayV2::Api")["CorsConfiguration"]["AllowHeaders"])
    uppy = {"uppy-auth-token", "uppy-credentials-params"}  # of a Companion client, which asks for no media
    assert {"authorization", "range", "if-range", "if-none-match"} <= allowed
    assert sent - uppy <= allowed
    assert "*" not in allowed, "a wildcard does not cover Authorization (Fetch, CORS-unsafe request-header names)"


def test_api_is_never_cached(template: Template) -> None:
    disabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # AWS's managed policy CachingDisabled
    assert dict(behaviors(template))["/v1/*"]["CachePolicyId"] == disabled


def test_first_key_generation_signs_and_all_verify(changed: Callable[..., Template]) -> None:
    before = changed("dev", delivery={"signing_key_generations": [1]})
    during = changed("dev", delivery={"signing_key_generations": [2, 1]})
    keys = template_keys(during)
    assert len(template_keys(before)) == 1
    assert template_keys(before)[0] in keys, "the public key of a URL in use must stay as it is"
    assert [key.startswith(f"DeliverySigningKeysPublicKey{n}") for n, key in zip((2, 1), keys, strict=True)] == [
        True,
        True,
    ]
    assert "PublicKey2" in during.environment("downloads")["SIGNING_KEY_ID"]
    assert "PrivateKey2" in during.environment("downloads")["SIGNING_KEY_SECRET_ARN"]
    readable = [
        flat
        for s in during.statements_of("downloads")
        if "secretsmanager:GetSecretValue" in actions(s)
        for flat in _list(s["Resource"])
    ]
    assert not [each for each in readable if "PrivateKey1" in each], "a key that no longer signs is not read"


def template_keys(template: Template) -> list[str]:
    """Return the logical ids of the public keys in the key group, in order."""
    group = template.only("AWS::CloudFront::KeyGroup")["KeyGroupConfig"]["Items"]
    return [item["Ref"] for item in group]


def _list(resource: Any) -> list[str]:
    return [flatten(each) for each in (resource if isinstance(resource, list) else [resource])]


def test_private_key_is_not_in_the_template(template: Template) -> None:
    for properties in template.of_type("AWS::SecretsManager::Secret").values():
        assert "SecretString" not in properties
    key = template.only("AWS::CloudFront::PublicKey")["PublicKeyConfig"]["EncodedKey"]
    assert "Fn::GetAtt" in key


def test_own_domain_of_the_cdn_has_its_certificate_and_tls_policy(changed: Callable[..., Template]) -> None:
    certificate = "arn:aws:acm:us-east-1:111122223333:certificate/1"
    template = changed("prod", delivery={"domain_name": "media.example.com", "certificate_arn": certificate})
    config = distribution(template)
    assert config["Aliases"] == ["media.example.com"]
    assert config["ViewerCertificate"]["AcmCertificateArn"] == certificate
    assert config["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert template.environment("downloads")["CDN_URL"] == "https://media.example.com"


def test_web_acl_of_the_stage_is_that_of_the_cdn(changed: Callable[..., Template], dev: Template) -> None:
    acl = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/name/id"
    assert distribution(changed("dev", delivery={"web_acl_arn": acl}))["WebACLId"] == acl
    assert "WebACLId" not in distribution(dev)


def test_media_is_delivered_by_s3_when_there_is_no_cdn(changed: Callable[..., Template]) -> None:
    template = changed("dev", delivery={"cdn": False})
    assert not [each for each in template.resources.values() if each["Type"].startswith("AWS::CloudFront")]
    assert not {"CDN_URL", "SIGNING_KEY_ID"} & template.environment("downloads").keys()
    readable = [r for s in template.statements_of("downloads") if "s3:GetObject" in actions(s) for r in resources(s)]
    assert {each.partition("/")[2] for each in readable} == {"media/*", "masks/*", "derived/*", "exports/*"}
