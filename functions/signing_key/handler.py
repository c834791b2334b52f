"""Custom resource that gives CloudFormation the public key of a key pair for CloudFront signatures."""

from typing import Any

from foveal.aws.custom_resources import Properties, answer
from foveal.delivery.key_pair import public_key_of


def handler(event: dict[str, Any], context: Any) -> None:
    """Answer one CloudFormation request."""
    answer(event, context, event["ResourceProperties"]["SecretArn"], _work)


def _work(kind: str, properties: Properties) -> Properties:
    if kind == "Delete":
        return {}
    return {"PublicKey": public_key_of(properties["SecretArn"], properties["Algorithm"])}
