"""Credentials of the caller, and the clock of this machine against that of S3."""

from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Final

from foveal.operations.doctor.deployment import Deployment
from foveal.operations.doctor.findings import Finding, failed, ok, warning

MAX_SKEW_SECONDS: Final = 15 * 60
"""Beyond it S3 refuses every signature (`RequestTimeTooSkewed`, S3 API reference, "Error responses")."""
MAX_HARMLESS_SKEW_SECONDS: Final = 60


def look(deployment: Deployment) -> Iterator[Finding]:
    """Yield the account of the credentials, and how far this clock is from that of S3."""
    who = deployment.client("sts").get_caller_identity()
    yield ok(f"account {who['Account']}, {who['Arn'].rpartition(':')[2]}")
    answer = deployment.client("s3").head_bucket(Bucket=deployment.bucket)
    theirs = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
    skew = (deployment.now() - theirs).total_seconds()
    seen = f"clock {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} S3"
    advice = "set the clock of this machine (NTP): signatures carry its time"
    if abs(skew) > MAX_SKEW_SECONDS:
        yield failed(f"{seen}: every signature made here is refused", advice)
    elif abs(skew) > MAX_HARMLESS_SKEW_SECONDS:
        yield warning(seen, advice)
    else:
        yield ok(seen)
