"""The web ACL before the CDN, in a stack of its own: AWS WAF keeps those of CloudFront in us-east-1 alone."""

from dataclasses import dataclass
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from infra.config import StageConfig
from infra.functions.log_group import log_group
from infra.outputs import output

REGION = "us-east-1"
MAX_CAPACITY = 1_500
"""Web ACL capacity units (WCU) that the basic price covers (WAF developer guide, "Web ACL capacity units")."""
RATE_CAPACITY = 2


@dataclass(frozen=True)
class ManagedGroup:
    """A managed rule group of AWS with its capacity, and the rules of it that only count, with the reason beside."""

    name: str
    capacity: int
    counted: tuple[str, ...] = ()


MANAGED_GROUPS = (
    ManagedGroup("AWSManagedRulesAmazonIpReputationList", 25),
    ManagedGroup(
        "AWSManagedRulesCommonRuleSet",
        700,
        counted=(
            "SizeRestrictions_BODY",  # bulk routes take bodies of more than 8 KB
            "NoUserAgent_HEADER",  # devices send none
        ),
    ),
    ManagedGroup("AWSManagedRulesKnownBadInputsRuleSet", 200),
)


class WebAclStack(cdk.Stack):
    """The web ACL of one stage; its output `WebAclArn` is the value of `delivery.web_acl_arn`."""

    def __init__(self, scope: Construct, id: str, *, config: StageConfig) -> None:
        super().__init__(
            scope,
            id,
            env=cdk.Environment(region=REGION),
            description=f"Foveal, the vision data backbone: web ACL of stage {config.stage}",
            tags={"application": "foveal", "stage": config.stage, **config.tags},
            termination_protection=config.removal_policy == "retain",
        )
        name = f"foveal-{config.stage}"
        is_counting = config.waf.mode == "count"
        acl = waf.CfnWebACL(
            self,
            "WebAcl",
            name=name,
            scope="CLOUDFRONT",
            default_action=waf.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_visible(name),
            rules=[
                _rate_rule(config.waf.requests_per_5_minutes, is_counting=is_counting),
                *(
                    _managed_rule(group, priority, is_counting=is_counting)
                    for priority, group in enumerate(MANAGED_GROUPS, start=1)
                ),
            ],
        )
        self._log(acl, name, config)
        output(self, "WebAclArn", acl.attr_arn)

    def _log(self, acl: waf.CfnWebACL, name: str, config: StageConfig) -> None:
        """Log requests that a rule matches, without what opens something: tokens, cookies, signatures of URLs."""
        group = log_group(self, "Logs", config, None)
        cast(
            logs.CfnLogGroup, group.node.default_child
        ).log_group_name = f"aws-waf-logs-{name}"  # no other name will do
        waf.CfnLoggingConfiguration(
            self,
            "Logging",
            resource_arn=acl.attr_arn,
            log_destination_configs=[
                self.format_arn(
                    service="logs",
                    resource="log-group",
                    resource_name=group.log_group_name,
                    arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
                )
            ],
            redacted_fields=[
                waf.CfnLoggingConfiguration.FieldToMatchProperty(single_header={"Name": "authorization"}),
                waf.CfnLoggingConfiguration.FieldToMatchProperty(single_header={"Name": "cookie"}),
                waf.CfnLoggingConfiguration.FieldToMatchProperty(query_string={}),
            ],
            logging_filter={
                "DefaultBehavior": "DROP",
                "Filters": [
                    {
                        "Behavior": "KEEP",
                        "Requirement": "MEETS_ANY",
                        "Conditions": [
                            {"ActionCondition": {"Action": action}}
                            for action in ("BLOCK", "COUNT", "EXCLUDED_AS_COUNT")
                        ],
                    }
                ],
            },
        ).node.add_dependency(group)


def _rate_rule(limit: int, *, is_counting: bool) -> waf.CfnWebACL.RuleProperty:
    action = waf.CfnWebACL.RuleActionProperty(count={}) if is_counting else waf.CfnWebACL.RuleActionProperty(block={})
    return waf.CfnWebACL.RuleProperty(
        name="RateLimit",
        priority=0,
        action=action,
        statement=waf.CfnWebACL.StatementProperty(
            rate_based_statement=waf.CfnWebACL.RateBasedStatementProperty(aggregate_key_type="IP", limit=limit)
        ),
        visibility_config=_visible("RateLimit"),
    )


def _managed_rule(group: ManagedGroup, priority: int, *, is_counting: bool) -> waf.CfnWebACL.RuleProperty:
    overrides = [
        waf.CfnWebACL.RuleActionOverrideProperty(name=rule, action_to_use=waf.CfnWebACL.RuleActionProperty(count={}))
        for rule in group.counted
    ]
    return waf.CfnWebACL.RuleProperty(
        name=group.name,
        priority=priority,
        override_action=waf.CfnWebACL.OverrideActionProperty(**{"count" if is_counting else "none": {}}),
        statement=waf.CfnWebACL.StatementProperty(
            managed_rule_group_statement=waf.CfnWebACL.ManagedRuleGroupStatementProperty(
                vendor_name="AWS", name=group.name, rule_action_overrides=overrides or None
            )
        ),
        visibility_config=_visible(group.name),
    )


def _visible(metric: str) -> waf.CfnWebACL.VisibilityConfigProperty:
    return waf.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=metric, sampled_requests_enabled=False
    )
