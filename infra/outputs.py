"""Stack outputs, each made by the construct that knows its value."""

import aws_cdk as cdk
from constructs import Construct


def output(scope: Construct, name: str, value: str, description: str | None = None) -> None:
    """Add an output to the stack of a construct, under exactly this name: other programs read outputs by name."""
    cdk.CfnOutput(cdk.Stack.of(scope), name, value=value, description=description)
