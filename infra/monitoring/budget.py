"""The monthly budget of the account that a stage lies in."""

from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

NOTICES = (("ACTUAL", 80), ("FORECASTED", 100))
"""Kind of costs, and the percentage of the budget above which a notice is sent."""


def monthly_budget(
    scope: Construct, stage: str, limit_usd: int, topic: sns.ITopic, key: kms.IKey | None
) -> budgets.CfnBudget:
    """Send notices about the account's costs to the topic of the alarms, which Budgets may publish to.

    A topic that the stack does not own needs the same statement (AWS Cost Management guide, "Creating an Amazon SNS
    topic for budget notifications").
    """
    service = iam.ServicePrincipal("budgets.amazonaws.com")
    topic.grant_publish(service)
    if key:
        key.grant(service, "kms:Decrypt", "kms:GenerateDataKey")
    subscriber = budgets.CfnBudget.SubscriberProperty(subscription_type="SNS", address=topic.topic_arn)
    return budgets.CfnBudget(
        scope,
        "Budget",
        budget=budgets.CfnBudget.BudgetDataProperty(
            budget_name=f"foveal-{stage}",
            budget_type="COST",
            time_unit="MONTHLY",
            budget_limit=budgets.CfnBudget.SpendProperty(amount=limit_usd, unit="USD"),
        ),
        notifications_with_subscribers=[
            budgets.CfnBudget.NotificationWithSubscribersProperty(
                notification=budgets.CfnBudget.NotificationProperty(
                    notification_type=kind, comparison_operator="GREATER_THAN", threshold=percent
                ),
                subscribers=[subscriber],
            )
            for kind, percent in NOTICES
        ],
    )
