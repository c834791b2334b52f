"""The connection to MongoDB: a URI in a secret, or a URI without credentials and sign-in by IAM role."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.config import StageConfig


class MongoDb(Construct):
    """The URI of MongoDB for functions, and the permission to read it."""

    def __init__(self, scope: Construct, id: str, *, config: StageConfig) -> None:
        super().__init__(scope, id)
        self._mongodb = config.mongodb
        self._secret = self._find_secret()

    def environment(self) -> dict[str, str]:
        """Return the environment of a function that connects."""
        where = (
            {"MONGODB_SECRET_ARN": self._secret.secret_arn} if self._secret else {"MONGODB_URI": str(self._mongodb.uri)}
        )
        return {"MONGODB_DATABASE": self._mongodb.database, **where}

    def grant_connect(self, grantee: iam.IGrantable) -> None:
        """Allow to read the URI. With IAM authentication the database knows the role, and nothing is granted here."""
        if self._secret:
            self._secret.grant_read(grantee)

    def _find_secret(self) -> secretsmanager.ISecret | None:
        settings = self._mongodb
        if settings.secret_arn:
            key_arn = settings.secret_kms_key_arn
            return secretsmanager.Secret.from_secret_attributes(
                self,
                "Secret",
                secret_complete_arn=settings.secret_arn,
                encryption_key=kms.Key.from_key_arn(self, "SecretKey", key_arn) if key_arn else None,
            )
        if settings.secret_name:
            return secretsmanager.Secret.from_secret_name_v2(self, "Secret", settings.secret_name)
        return None
