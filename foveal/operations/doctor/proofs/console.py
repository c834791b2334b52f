"""Proofs of the console's pages at the edge, and of the tags on resources."""

import re
from collections.abc import Iterator
from typing import Final

from foveal.operations.doctor.findings import Finding, skipped, verdict
from foveal.operations.doctor.proofs.journey import Journey

UNTAGGED: Final = 5
"""Types of resources without tags, as policies: fewer ARNs than resources are expected, but not a few."""


def prove(journey: Journey) -> Iterator[Finding]:
    """Yield whether the page opens at its address and at a deep link, whether its script is compressed, and 404."""
    http, url = journey.deployment.http, journey.deployment.outputs.get("ConsoleUrl")
    if not url:
        yield skipped("this stage has no console")
        return
    home = url.rstrip("/")
    page, deep = http.get(f"{home}/"), http.get(f"{home}/projects/demo/assets")
    yield verdict(
        page.status_code == deep.status_code == 200 and "<html" in deep.text,
        "opens at deep links",
        f"the page answers {page.status_code}, a deep link {deep.status_code}",
        "look at the CloudFront Function of /console/*",
    )
    script = next(iter(re.findall(r'src="([^"]+\.js)"', page.text)), "")
    got = http.get(f"{home}/{script.removeprefix('/console/').lstrip('./')}", headers={"accept-encoding": "br"})
    yield verdict(
        got.status_code == 200 and "javascript" in got.headers.get("content-type", ""),
        "its script is there",
        f"its script {script} answers {got.status_code}",
        "deploy the stage again",
    )
    if not journey.deployment.is_local:
        encoding = got.headers.get("content-encoding")
        yield verdict(encoding == "br", "compressed", f"content-encoding is {encoding}", "look at the cache policy")
    absent = http.get(f"{home}/assets/none.js").status_code
    yield verdict(
        absent == 404, "a missing file is 404", f"a missing file answers {absent}", "look at the bucket's policy"
    )


def prove_tags(journey: Journey) -> Iterator[Finding]:
    """Yield whether the resources of the stack are found by the tags of the stage."""
    pages = journey.deployment.client("resourcegroupstaggingapi").get_paginator("get_resources")
    filters = [{"Key": "aws:cloudformation:stack-name", "Values": [journey.deployment.stack]}]
    found = [each for page in pages.paginate(TagFilters=filters) for each in page["ResourceTagMappingList"]]
    named = [each for each in found if any(tag["Key"] == "application" for tag in each["Tags"])]
    yield verdict(
        len(found) > UNTAGGED and len(named) == len(found),
        f"{len(named)} resources have them",
        f"{len(named)} of {len(found)} resources have the tag application",
        "deploy the stage again, or look for a tag policy of the organization",
    )
