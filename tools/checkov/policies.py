"""Validation of the IAM policies of templates by parliament: unknown actions, resources that an action never has.

    .foveal/checkov/bin/python -W ignore tools/checkov/policies.py TEMPLATE...

parliament knows the actions, resource formats and condition keys of AWS's service authorization reference; it asks no
server. References become what CloudFormation would put there: names and ARNs of the resource's own service.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

POLICIES: Final = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
PSEUDO: Final = {"AWS::Partition": "aws", "AWS::Region": "eu-central-1", "AWS::AccountId": "123456789012"}
ACCEPTED: Final[Mapping[str, str]] = {}
"""Findings that are accepted, by `issue:action`, with the reason."""
POLICY_VARIABLE: Final = re.compile(r"\$\{[^}]*\}")
"""A variable such as `${aws:PrincipalTag/project}`, whose colon parliament takes for one of the ARN."""
PLACE: Final = "eu-central-1:123456789012"
ARNS: Final = {
    "AWS::S3::Bucket": "arn:aws:s3:::{id}",
    "AWS::SQS::Queue": f"arn:aws:sqs:{PLACE}:{{id}}",
    "AWS::SNS::Topic": f"arn:aws:sns:{PLACE}:{{id}}",
    "AWS::Lambda::Function": f"arn:aws:lambda:{PLACE}:function:{{id}}",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{PLACE}:log-group:{{id}}:*",
    "AWS::KMS::Key": f"arn:aws:kms:{PLACE}:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "AWS::Events::EventBus": f"arn:aws:events:{PLACE}:event-bus/{{id}}",
    "AWS::SecretsManager::Secret": f"arn:aws:secretsmanager:{PLACE}:secret:{{id}}-AbCdEf",
    "AWS::Cognito::UserPool": f"arn:aws:cognito-idp:{PLACE}:userpool/eu-central-1_abcdefghi",
    "AWS::CloudFront::Distribution": "arn:aws:cloudfront::123456789012:distribution/EABCDEFGHIJKLM",
    "AWS::IAM::Role": "arn:aws:iam::123456789012:role/{id}",
}
NAMED_BY_ARN: Final = ("AWS::SecretsManager::Secret", "AWS::SNS::Topic")
"""Types whose `Ref` and `Id` are ARNs (CloudFormation template reference, "Return values")."""


def main() -> int:
    """Print each finding of each template; return 1 when there is one that is not accepted."""
    told = [
        f"{Path(path).stem}: {each}" for path in sys.argv[1:] for each in findings(json.loads(Path(path).read_text()))
    ]
    print("\n".join(told) or f"{len(sys.argv) - 1} templates: parliament finds nothing in their IAM policies")
    return int(bool(told))


def findings(template: Mapping[str, Any]) -> Iterator[str]:
    """Yield what parliament finds in the policies of a template."""
    from parliament import analyze_policy_string

    for id, resource in template["Resources"].items():
        if resource["Type"] in POLICIES:
            document = resolved(resource["Properties"]["PolicyDocument"], template["Resources"])
            for found in analyze_policy_string(json.dumps(document)).findings:
                if f"{found.issue}:{found.detail}" not in ACCEPTED:
                    yield f"{id}: {found.issue} {found.detail}"


def resolved(value: Any, resources: Mapping[str, Any]) -> Any:
    """Return a value of a template with texts in place of its intrinsic functions."""
    if isinstance(value, list):
        return [resolved(each, resources) for each in value]
    if isinstance(value, str):
        return POLICY_VARIABLE.sub("some", value)
    if not isinstance(value, dict):
        return value
    match value:
        case {"Fn::Join": [separator, parts]}:
            return separator.join(str(resolved(part, resources)) for part in parts)
        case {"Ref": str(id)}:
            kind = resources.get(id, {}).get("Type")
            return arn(id, kind) if kind in NAMED_BY_ARN else PSEUDO.get(id, id.lower())
        case {"Fn::GetAtt": [str(id), str(attribute)]}:
            kind = resources[id]["Type"]
            return arn(id, kind) if "Arn" in attribute or kind in NAMED_BY_ARN else id.lower()
        case {"Fn::Select": _} | {"Fn::Split": _} | {"Fn::ImportValue": _}:
            return "some"
    return {name: resolved(each, resources) for name, each in value.items()}


def arn(id: str, kind: str) -> str:
    """Return an ARN as a resource of a type has it."""
    return ARNS.get(kind, f"arn:aws:service:{PLACE}:{{id}}").format(id=id.lower())


if __name__ == "__main__":
    sys.exit(main())
