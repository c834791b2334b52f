"""The web ACL by option: a stack of its own in us-east-1, counting first, within the capacity of the basic price."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from cfnlint.api import lint
from cfnlint.config import ManualArgs

import app as program
from infra import config, rule_packs
from infra.config import StageConfig
from infra.delivery.web_acl import MANAGED_GROUPS, MAX_CAPACITY, RATE_CAPACITY, WebAclStack
from tests.infra.conftest import make_app
from tests.infra.template import Template

WAF = {"count": {"mode": "count"}, "block": {"mode": "block", "requests_per_5_minutes": 500}}


def stage(mode: str) -> StageConfig:
    return StageConfig.model_validate(config.load("prod").model_dump() | {"waf": WAF[mode]})


@pytest.fixture(scope="module", params=WAF)
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def acl_template(mode: str, tmp_path_factory: pytest.TempPathFactory) -> Template:
    app = make_app(tmp_path_factory.mktemp("waf"))
    WebAclStack(app, "Foveal-prod-waf", config=stage(mode))
    return Template(app.synth().get_stack_by_name("Foveal-prod-waf").template)


def rules(template: Template) -> dict[str, Any]:
    return {each["Name"]: each for each in template.only("AWS::WAFv2::WebACL")["Rules"]}


def test_rules_stay_within_the_capacity_of_the_basic_price() -> None:
    assert RATE_CAPACITY + sum(group.capacity for group in MANAGED_GROUPS) <= MAX_CAPACITY


def test_counting_acl_refuses_nothing_and_blocking_one_what_it_counted(mode: str, acl_template: Template) -> None:
    found = rules(acl_template)
    assert found["RateLimit"]["Action"] == ({"Count": {}} if mode == "count" else {"Block": {}})
    groups = [each for name, each in found.items() if name != "RateLimit"]
    assert [each["OverrideAction"] for each in groups] == [{"Count" if mode == "count" else "None": {}}] * 3


def test_rules_that_our_own_requests_break_only_count_in_either_mode(acl_template: Template) -> None:
    group = rules(acl_template)["AWSManagedRulesCommonRuleSet"]["Statement"]["ManagedRuleGroupStatement"]
    counted = {each["Name"] for each in group["RuleActionOverrides"] if each["ActionToUse"] == {"Count": {}}}
    assert counted == {"SizeRestrictions_BODY", "NoUserAgent_HEADER"}


def test_rate_is_limited_for_each_address(mode: str, acl_template: Template) -> None:
    statement = rules(acl_template)["RateLimit"]["Statement"]["RateBasedStatement"]
    assert statement == {"AggregateKeyType": "IP", "Limit": stage(mode).waf.requests_per_5_minutes}


def test_acl_is_of_cloudfront_and_its_arn_is_an_output(acl_template: Template) -> None:
    assert acl_template.only("AWS::WAFv2::WebACL")["Scope"] == "CLOUDFRONT"
    assert acl_template.document["Outputs"]["WebAclArn"]


def test_log_of_matches_holds_no_token_cookie_or_signature(acl_template: Template) -> None:
    logging = acl_template.only("AWS::WAFv2::LoggingConfiguration")
    assert logging["RedactedFields"] == [
        {"SingleHeader": {"Name": "authorization"}},
        {"SingleHeader": {"Name": "cookie"}},
        {"QueryString": {}},
    ]
    assert logging["LoggingFilter"]["DefaultBehavior"] == "DROP"
    assert acl_template.only("AWS::Logs::LogGroup")["LogGroupName"] == "aws-waf-logs-foveal-prod"


def test_template_of_the_acl_is_valid_cloudformation(acl_template: Template) -> None:
    found = lint(json.dumps(acl_template.document), regions=["us-east-1"], config=ManualArgs())
    assert [f"{each.rule.id} {each.message}" for each in found] == []


def test_rule_packs_hold_for_the_acl(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    rule_packs.apply(app, WebAclStack(app, "Foveal-prod-waf", config=stage("count")))
    app.synth()
    report = json.loads((tmp_path / "validation-report.json").read_text())
    assert report["pluginReports"]
    assert not [violation for each in report["pluginReports"] for violation in each["violations"]]


@pytest.mark.parametrize(
    ("waf", "stacks"), [({}, ["Foveal-dev"]), ({"mode": "count"}, ["Foveal-dev-waf", "Foveal-dev"])]
)
def test_program_adds_the_stack_of_the_acl_by_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waf: dict[str, Any], stacks: list[str]
) -> None:
    values = StageConfig.model_validate(config.load("dev").model_dump() | {"waf": waf})
    monkeypatch.setattr(config, "load", lambda *_: values)
    app = make_app(tmp_path)
    program.build(app)
    found = [each.stack_name for each in app.node.children if isinstance(each, cdk.Stack)]
    assert found == stacks
    (main,) = [each for each in app.node.children if isinstance(each, cdk.Stack) and each.stack_name == "Foveal-dev"]
    assert main.region != "us-east-1"
