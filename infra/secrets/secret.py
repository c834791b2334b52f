"""Secrets with a generated value, which no person needs to know.

`CfnSecret` with its attribute `Id`, not the L2 construct `Secret` with its `Ref`: both are the full ARN on AWS, but the
emulator's `Ref` was the name, so that no policy which named the ARN matched. The logical ids depend on this by now.
"""

from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.config import StageConfig
from infra.removal_policy import removal_policy


class GeneratedSecret(Construct):
    """A secret of random text, or without a value, which a custom resource then sets."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        config: StageConfig,
        key: kms.IKey | None,
        description: str,
        random_characters: int = 0,
    ) -> None:
        super().__init__(scope, id)
        random = secretsmanager.CfnSecret.GenerateSecretStringProperty(
            password_length=random_characters, exclude_punctuation=True
        )
        resource = secretsmanager.CfnSecret(
            self,
            "Secret",
            description=description,
            generate_secret_string=random if random_characters else None,
            kms_key_id=key.key_arn if key else None,
        )
        resource.apply_removal_policy(removal_policy(config))
        self.arn = resource.attr_id
        self.secret = secretsmanager.Secret.from_secret_attributes(
            self, "Imported", secret_complete_arn=self.arn, encryption_key=key
        )
