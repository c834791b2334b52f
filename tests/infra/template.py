"""Template: access to the resources, policies and environments of a synthesized template."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Statement = dict[str, Any]


@dataclass(frozen=True)
class Template:
    """A CloudFormation template."""

    document: dict[str, Any]

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = self.document["Resources"]
        return found

    def of_type(self, resource_type: str) -> dict[str, dict[str, Any]]:
        """Return the properties of all resources of a type, by logical id. Raises AssertionError if there is none."""
        found = {
            name: each.get("Properties", {}) for name, each in self.resources.items() if each["Type"] == resource_type
        }
        assert found, f"no {resource_type}"
        return found

    def only(self, resource_type: str) -> dict[str, Any]:
        """Return the properties of the one resource of a type."""
        (properties,) = self.of_type(resource_type).values()
        return properties

    def named(self, prefix: str, resource_type: str) -> dict[str, Any]:
        """Return the properties of the one resource of a type whose logical id starts with a prefix."""
        (properties,) = (each for name, each in self.of_type(resource_type).items() if name.startswith(prefix))
        return properties

    def function(self, name: str) -> dict[str, Any]:
        """Return the properties of a function by its service name."""
        (properties,) = (
            each
            for each in self.of_type("AWS::Lambda::Function").values()
            if each["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] == name
        )
        return properties

    def environment(self, name: str) -> dict[str, str]:
        """Return what a function is told; references become some text."""
        variables = self.function(name)["Environment"]["Variables"]
        return {key: value if isinstance(value, str) else json.dumps(value) for key, value in variables.items()}

    def statements_of(self, name: str) -> list[Statement]:
        """Return every statement of the policy of a function's role."""
        role = self.function(name)["Role"]["Fn::GetAtt"][0]
        return [
            statement
            for policy in self.of_type("AWS::IAM::Policy").values()
            if {"Ref": role} in policy["Roles"]
            for statement in policy["PolicyDocument"]["Statement"]
        ]

    def policies(self) -> Iterator[tuple[str, Statement]]:
        """Yield every statement of every policy, with the logical id of its resource."""
        for name, each in self.resources.items():
            properties = each.get("Properties", {})
            for key in ("PolicyDocument", "KeyPolicy", "AssumeRolePolicyDocument"):
                for statement in properties.get(key, {}).get("Statement", []):
                    yield name, statement


def actions(statement: Statement) -> set[str]:
    found = statement["Action"]
    return {found} if isinstance(found, str) else set(found)


def resources(statement: Statement) -> list[str]:
    """Return the resources of a statement as text: `<LogicalId.Arn>/media/*`."""
    found = statement["Resource"]
    return [flatten(each) for each in (found if isinstance(found, list) else [found])]


def flatten(value: Any) -> str:
    """Return a value with its references written `<LogicalId>` or `<LogicalId.Attribute>`."""
    if isinstance(value, str):
        return value
    if "Ref" in value:
        return f"<{value['Ref']}>"
    if "Fn::GetAtt" in value:
        return f"<{'.'.join(value['Fn::GetAtt'])}>"
    if "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return str(separator).join(flatten(part) for part in parts)
    return json.dumps(value)
