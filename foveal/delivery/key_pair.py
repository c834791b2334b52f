"""Key pairs for CloudFront signatures: the private key is made once, inside its secret; only the public key leaves.

A retry, an update and a later deployment find the key that exists: CloudFront's public keys cannot be changed, and
signed URLs in use must remain valid.
"""

from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

PEM_START: Final = "-----BEGIN"


def public_key_of(secret_arn: str, algorithm: str) -> str:
    """Return the public key (PEM) of the private key in a secret; an empty secret receives a new private key.

    `algorithm` is that of a new key: an existing one keeps its own, so that the old generation remains valid while a
    new one of another algorithm takes over.
    """
    import boto3  # part of the runtime

    client = boto3.client("secretsmanager")
    private_pem = _existing_key(client, secret_arn)
    if private_pem is None:
        private_pem = _new_key(algorithm)
        client.put_secret_value(SecretId=secret_arn, SecretString=private_pem)
    key = load_pem_private_key(private_pem.encode(), password=None)
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _existing_key(client: Any, secret_arn: str) -> str | None:
    """Return the private key in the secret, or None for a secret without a value."""
    try:
        text = str(client.get_secret_value(SecretId=secret_arn).get("SecretString", ""))
    except client.exceptions.ResourceNotFoundException:
        return None
    return text if text.startswith(PEM_START) else None


def _new_key(algorithm: str) -> str:
    """Return a private key (PEM, PKCS #8) of a kind that CloudFront verifies."""
    key: PrivateKeyTypes
    if algorithm == "ecdsa-p256":
        key = ec.generate_private_key(ec.SECP256R1())
    elif algorithm == "rsa-2048":
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    else:
        raise ValueError(f"CloudFront verifies ecdsa-p256 and rsa-2048, not {algorithm}")
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
