"""Origin keys by option: sent by the CDN before the functions demand them, and never written in a template."""

from collections.abc import Callable
from typing import Any

import pytest

from infra.config import ConfigError, parse
from tests.infra.template import Template, actions, flatten, resources

Changed = Callable[..., Template]
HTTP = ("uploads", "catalog", "downloads", "versions", "jobs", "people")


def sent(template: Template) -> list[str]:
    distribution = template.only("AWS::CloudFront::Distribution")["DistributionConfig"]
    found: list[Any] = [each for origin in distribution["Origins"] for each in origin.get("OriginCustomHeaders", [])]
    return [f"{each['HeaderName']}: {flatten(each['HeaderValue'])}" for each in found]


def demanded(template: Template) -> list[str]:
    return [name for name in HTTP if "ORIGIN_KEY_ARNS" in template.environment(name)]


def test_stage_without_the_option_sends_and_demands_nothing(template: Template) -> None:
    assert (sent(template), demanded(template)) == ([], [])


def test_key_is_sent_before_it_is_demanded(changed: Changed) -> None:
    sending = changed("dev", waf={"origin_key": "send"})
    (header,) = sent(sending)
    assert header.startswith("x-foveal-origin-key: {{resolve:secretsmanager:<DeliveryOriginKeysKey1Secret")
    assert demanded(sending) == []


def test_every_function_of_the_api_demands_all_generations_and_the_cdn_sends_the_first(changed: Changed) -> None:
    demanding = changed("dev", waf={"origin_key": "demand", "origin_key_generations": [2, 1]})
    (header,) = sent(demanding)
    assert "DeliveryOriginKeysKey2Secret" in header
    assert demanded(demanding) == list(HTTP)
    for name in HTTP:
        arns = demanding.environment(name)["ORIGIN_KEY_ARNS"]
        assert arns.index("OriginKeysKey2") < arns.index("OriginKeysKey1")
        readable = [
            resource
            for statement in demanding.statements_of(name)
            if "secretsmanager:GetSecretValue" in actions(statement)
            for resource in resources(statement)
        ]
        assert len([each for each in readable if "OriginKeysKey" in each]) == 2


def test_key_is_refused_without_the_cdn_that_sends_it() -> None:
    values = {
        "allowed_origins": ["https://app.example.com"],
        "mongodb": {"secret_name": "foveal/x", "database": "foveal"},
        "delivery": {"cdn": False},
        "waf": {"origin_key": "demand"},
    }
    with pytest.raises(ConfigError, match=r"waf\.origin_key"):
        parse("other", values)
