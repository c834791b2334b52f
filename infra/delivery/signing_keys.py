"""The key pairs that sign URLs and cookies, made by the deployment and rotated by configuration."""

import aws_cdk as cdk
from aws_cdk import aws_cloudfront as cloudfront
from constructs import Construct

from infra.functions.function import Function, FunctionDefaults
from infra.secrets.secret import GeneratedSecret


class SigningKeys(Construct):
    """One key pair for each generation: the first one signs, CloudFront accepts all.

    To rotate, put a new generation in front and deploy; when the longest URL has expired, take the old one out.
    """

    def __init__(self, scope: Construct, id: str, *, defaults: FunctionDefaults) -> None:
        super().__init__(scope, id)
        maker = Function(
            self,
            "Maker",
            defaults=defaults,
            name="signing_key",
            description="Makes the key pairs that sign CloudFront URLs (custom resource)",
            memory_mib=512,
            timeout_seconds=60,
        )
        delivery = defaults.config.delivery
        secrets: list[GeneratedSecret] = []
        keys: list[cloudfront.IPublicKey] = []
        for generation in delivery.signing_key_generations:
            holder = GeneratedSecret(
                self,
                f"PrivateKey{generation}",
                config=defaults.config,
                key=defaults.key,
                description=f"Private key {generation} of the CloudFront signatures of Foveal {defaults.config.stage}",
            )
            pair = cdk.CustomResource(
                self,
                f"KeyPair{generation}",
                resource_type="Custom::FovealSigningKey",
                service_token=maker.function_arn,
                service_timeout=cdk.Duration.minutes(2),
                properties={"SecretArn": holder.arn, "Algorithm": delivery.signing_algorithm},
            )
            pair.node.add_dependency(maker.execution_role)
            holder.secret.grant_read(maker)
            holder.secret.grant_write(maker)
            keys.append(
                cloudfront.PublicKey(self, f"PublicKey{generation}", encoded_key=pair.get_att_string("PublicKey"))
            )
            secrets.append(holder)
        self.group = cloudfront.KeyGroup(self, "Group", items=keys)
        self.signing_key_id = keys[0].public_key_id
        self.signing_secret = secrets[0]
