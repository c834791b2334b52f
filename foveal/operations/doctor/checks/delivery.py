"""The CDN: deployed, closed to those without a signature; and the console."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from foveal.operations.doctor.checks.api import absence
from foveal.operations.doctor.deployment import Deployment
from foveal.operations.doctor.findings import Finding, failed, skipped, verdict, warning


def look(deployment: Deployment) -> Iterator[Finding]:
    """Yield the state of the distribution, of its keys, and of the pages that it serves."""
    url = deployment.cdn_url
    if url is None:
        yield skipped("this stage delivers from the bucket, without a CDN")
        return
    if missing := absence(str(urlsplit(url).hostname)):
        yield missing
        return
    cloudfront = deployment.client("cloudfront")
    for id in deployment.ids("AWS::CloudFront::Distribution"):
        found = cloudfront.get_distribution(Id=id)["Distribution"]
        if found["Status"] != "Deployed":
            yield warning(f"the distribution is {found['Status']}", "wait: some edges still serve the state before")
        yield verdict(
            found["DistributionConfig"]["Enabled"],
            "the distribution is enabled",
            "the distribution is disabled: no URL opens",
            "enable it in CloudFront, or deploy the stage again",
        )
    for id in deployment.ids("AWS::CloudFront::KeyGroup"):
        keys = cloudfront.get_key_group(Id=id)["KeyGroup"]["KeyGroupConfig"]["Items"]
        yield verdict(bool(keys), f"{len(keys)} signing keys", "the key group is empty: no URL opens", "deploy again")
    status = deployment.http.get(f"{url}/media/none/none/original.jpg").status_code
    yield verdict(
        status == 403,
        "closed without a signature",
        f"an address without a signature answers {status}, not 403",
        "the behaviour of media/* has no trusted key group: deploy the stage again, then rotate the signing key",
    )
    console = deployment.outputs.get("ConsoleUrl")
    if console:
        answer = deployment.http.get(console)
        has_policy = "content-security-policy" in answer.headers
        if answer.status_code != 200:
            yield failed(f"the console answers {answer.status_code}", "deploy the stage again: its files are missing")
        else:
            yield verdict(
                has_policy, "the console answers", "the console has no Content-Security-Policy", "deploy again"
            )
