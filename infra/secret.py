"""Secrets that the deployment makes and nobody needs to know."""

from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.config import StageConfig
from infra.function import removal_policy


class GeneratedSecret(Construct):
    """A secret, known by its full ARN (`Id`); random text, or empty for a custom resource to fill in."""

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
