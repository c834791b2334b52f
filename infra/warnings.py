"""Warnings of the CDK that do not apply, each acknowledged with its reason; what is left is printed at synthesis."""

import aws_cdk as cdk
from constructs import Construct


def acknowledge(scope: Construct, warning: str, reason: str) -> None:
    """Silence one warning, named as the CDK prints it, for all of a stack."""
    acknowledgment = cdk.Acknowledgment(id=f"Annotation::{warning}", reason=reason)
    cdk.Validations.of(cdk.Stack.of(scope)).acknowledge(acknowledgment)
