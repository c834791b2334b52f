"""The SNS topic that alarms notify: of the stack, or of the platform team."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.config import StageConfig
from infra.config.sections import Monitoring
from infra.outputs import output


def alarm_topic(scope: Construct, config: StageConfig, key: kms.IKey | None) -> sns.ITopic:
    """Return the topic that the stage names, or a new one with the address that the stage names as its subscriber."""
    settings = config.monitoring
    if config.removal_policy == "retain" and not (settings.alarm_email or settings.alarm_topic_arn):
        cdk.Annotations.of(scope).add_warning_v2(
            "foveal:no-alarm-receiver",
            f"Nobody gets the alarms of {config.stage}: set monitoring.alarm_email or monitoring.alarm_topic_arn in "
            f"stages/{config.stage}.toml, or subscribe to the topic in the output AlarmTopicArn.",
        )
    topic = _topic(scope, settings, key)
    output(scope, "AlarmTopicArn", topic.topic_arn)
    return topic


def _topic(scope: Construct, settings: Monitoring, key: kms.IKey | None) -> sns.ITopic:
    if settings.alarm_topic_arn:
        return sns.Topic.from_topic_arn(scope, "Topic", settings.alarm_topic_arn)
    topic = sns.Topic(scope, "Topic", enforce_ssl=True, master_key=key)
    if key:
        key.grant(iam.ServicePrincipal("cloudwatch.amazonaws.com"), "kms:Decrypt", "kms:GenerateDataKey")
    if settings.alarm_email:
        topic.add_subscription(subscriptions.EmailSubscription(settings.alarm_email))
    return topic
