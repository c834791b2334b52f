"""Custom resource that makes a key pair for CloudFront signatures, once, and tells CloudFormation its public half.

The private key never leaves the function but into its secret. A retry, an update and a later deployment find the key
that is already there: CloudFront's public keys cannot be changed, and URLs in use must stay good.
"""

import json
import urllib.request
from typing import Any, Final

from aws_lambda_powertools import Logger
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
logger = Logger()


def handler(event: dict[str, Any], context: Any) -> None:
    """Answer one CloudFormation request; a failure is answered too, or the stack would wait for an hour."""
    logger.info("request", extra={"request_type": event["RequestType"], "logical_id": event["LogicalResourceId"]})
    secret_arn = event["ResourceProperties"]["SecretArn"]
    answer: dict[str, Any] = {"Status": "SUCCESS", "PhysicalResourceId": event.get("PhysicalResourceId", secret_arn)}
    if event["RequestType"] != "Delete":
        try:
            public_key = public_key_of(secret_arn, event["ResourceProperties"]["Algorithm"])
            answer |= {"PhysicalResourceId": secret_arn, "Data": {"PublicKey": public_key}}
        except Exception as error:
            logger.exception("no key pair")
            answer |= {"Status": "FAILED", "Reason": f"{error} (log stream {context.log_stream_name})"}
    send(event, answer)


def public_key_of(secret_arn: str, algorithm: str) -> str:
    """Return the public key (PEM) of the private key in a secret, which is made if the secret is still empty.

    `algorithm` is that of a new key: one that is there keeps its own, so that the old generation stays good while a
    new one of another algorithm takes over.
    """
    import boto3  # part of the runtime

    client = boto3.client("secretsmanager")
    private_pem = existing_key(client, secret_arn)
    if private_pem is None:
        private_pem = new_key(algorithm)
        client.put_secret_value(SecretId=secret_arn, SecretString=private_pem)
    key = load_pem_private_key(private_pem.encode(), password=None)
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def existing_key(client: Any, secret_arn: str) -> str | None:
    """Return the private key in the secret, or None for a secret without a value."""
    try:
        text = str(client.get_secret_value(SecretId=secret_arn).get("SecretString", ""))
    except client.exceptions.ResourceNotFoundException:
        return None
    return text if text.startswith(PEM_START) else None


def new_key(algorithm: str) -> str:
    """Return a private key (PEM, PKCS #8) of a kind that CloudFront verifies."""
    key: PrivateKeyTypes
    if algorithm == "ecdsa-p256":
        key = ec.generate_private_key(ec.SECP256R1())
    elif algorithm == "rsa-2048":
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    else:
        raise ValueError(f"CloudFront verifies ecdsa-p256 and rsa-2048, not {algorithm}")
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def send(event: dict[str, Any], answer: dict[str, Any]) -> None:
    """Put the answer to the presigned URL that CloudFormation gave (S3 wants it without a content type)."""
    body = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")} | {"NoEcho": False} | answer
    request = urllib.request.Request(  # noqa: S310 - CloudFormation's own URL
        event["ResponseURL"], data=json.dumps(body).encode(), method="PUT", headers={"content-type": ""}
    )
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310 - the same
        logger.info("answered", extra={"status": answer["Status"]})
