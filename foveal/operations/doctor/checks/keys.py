"""Encryption key of the stage, and its secrets."""

from collections.abc import Iterator

from foveal.operations.doctor.deployment import Deployment
from foveal.operations.doctor.findings import Finding, failed, ok, verdict, warning


def look(deployment: Deployment) -> Iterator[Finding]:
    """Yield keys that are disabled or about to be deleted, and secrets that are."""
    kms = deployment.client("kms")
    for id in deployment.ids("AWS::KMS::Key"):
        key = kms.describe_key(KeyId=id)["KeyMetadata"]
        yield verdict(
            key["KeyState"] == "Enabled",
            f"key {id} is enabled",
            f"the key {id} is {key['KeyState']}: nothing that it encrypted can be read",
            f"aws kms cancel-key-deletion --key-id {id}; aws kms enable-key --key-id {id}",
        )
        if not kms.get_key_rotation_status(KeyId=id)["KeyRotationEnabled"]:
            yield warning(f"the key {id} is not rotated", f"aws kms enable-key-rotation --key-id {id}")
    secrets, bad = deployment.client("secretsmanager"), 0
    names = deployment.ids("AWS::SecretsManager::Secret")
    for name in names:
        if secrets.describe_secret(SecretId=name).get("DeletedDate"):
            bad += 1
            yield failed(
                f"the secret {name.rpartition(':')[2]} is being deleted: calls that sign or page fail",
                f"aws secretsmanager restore-secret --secret-id {name}",
            )
    if not bad:
        yield ok(f"{len(names)} secrets")
