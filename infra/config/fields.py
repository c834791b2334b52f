"""Types of the values in a stage file; the error of each shows an example of a valid value."""

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field

from foveal.stack_contract import PROJECT_PATTERN, ROLES

LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180),
    *(365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)


def one_of_retentions(days: int) -> int:
    if days not in LOG_RETENTION_DAYS:
        raise ValueError(f"CloudWatch Logs keeps {', '.join(map(str, LOG_RETENTION_DAYS))} days; choose one of these")
    return days


@dataclass(frozen=True)
class Pattern:
    """A check of a text against a pattern; its error shows an example."""

    pattern: re.Pattern[str]
    example: str

    def __call__(self, text: str) -> str:
        if not self.pattern.fullmatch(text):
            raise ValueError(f"must look like {self.example}")
        return text


def like(pattern: str, example: str) -> AfterValidator:
    return AfterValidator(Pattern(re.compile(pattern), example))


def arn(service: str, resource: str, example: str, region: str = "[a-z0-9-]*") -> AfterValidator:
    return like(rf"arn:aws[a-z-]*:{service}:{region}:\d*:{resource}", example)


Origin = Annotated[str, like(r"\*|https?://[A-Za-z0-9.\[\]-]+(:\d+)?", "https://app.example.com (no path, no pattern)")]
HttpsOrigin = Annotated[str, like(r"https://[A-Za-z0-9.-]+(:\d+)?", "https://login.example.com (no path, no pattern)")]
DomainName = Annotated[str, like(r"([a-z0-9-]{1,63}\.)+[a-z]{2,63}", "media.example.com")]
HttpsUrl = Annotated[str, like(r"https://[^\s?#@]+", "https://login.example.com")]
_KEY_EXAMPLE = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab"
KmsKeyArn = Annotated[str, arn("kms", "key/[A-Za-z0-9-]+", _KEY_EXAMPLE)]
KmsKey = Annotated[
    str,
    like(
        r"aws-managed|create|arn:aws[a-z-]*:kms:[a-z0-9-]*:\d*:key/[A-Za-z0-9-]+",
        f"aws-managed, create or {_KEY_EXAMPLE}",
    ),
]
CertificateArn = Annotated[str, arn("acm", "certificate/.+", "arn:aws:acm:eu-west-1:111122223333:certificate/1234abcd")]
CdnCertificateArn = Annotated[
    str, arn("acm", "certificate/.+", "arn:aws:acm:us-east-1:111122223333:certificate/1234abcd", "us-east-1")
]
CdnWebAclArn = Annotated[
    str, arn("wafv2", "global/webacl/.+", "arn:aws:wafv2:us-east-1:111122223333:global/webacl/name/id", "us-east-1")
]
SecretArn = Annotated[
    str, arn("secretsmanager", "secret:.+", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:mongodb-AbCdEf")
]
BucketArn = Annotated[str, arn("s3", "[a-z0-9.-]+", "arn:aws:s3:::replica")]
BucketName = Annotated[str, like(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "my-media")]
RoleArn = Annotated[str, arn("iam", "role/.+", "arn:aws:iam::111122223333:role/foveal-reads")]
TopicArn = Annotated[str, arn("sns", "[A-Za-z0-9_-]+", "arn:aws:sns:eu-west-1:111122223333:alarms")]
TrustAnchorArn = Annotated[
    str, arn("rolesanywhere", "trust-anchor/.+", "arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/id")
]
Scope = Annotated[str, like(rf"{PROJECT_PATTERN}:({'|'.join(ROLES)})", "demo:editor")]
SubnetId = Annotated[str, like(r"subnet-([0-9a-f]{8}|[0-9a-f]{17})", "subnet-0123456789abcdef0")]
SecurityGroupId = Annotated[str, like(r"sg-([0-9a-f]{8}|[0-9a-f]{17})", "sg-0123456789abcdef0")]
Slug = Annotated[str, like(r"[a-z][a-z0-9-]{0,31}", "a-name (lower case letters, digits, hyphens)")]
MediaType = Annotated[str, like(r"[a-z]+/([a-z0-9.+-]+|\*)", "image/jpeg or image/*")]
Days = Annotated[int, Field(ge=1, le=36_500)]
TagName = Annotated[str, like(r"(?!aws:)[\w .:/=+@-]{1,128}", "cost-center")]
TagValue = Annotated[str, like(r"[\w .:/=+@-]{0,256}", "vision")]
