"""Proofs of what a stage may have: Transfer Acceleration, origin key, malware scans, saved query."""

from collections.abc import Iterator
from typing import Any, Final

from foveal.operations.doctor.findings import Finding, skipped, verdict
from foveal.operations.doctor.proofs.journey import Journey, picture

ORIGIN_KEYS: Final = "ORIGIN_KEY_ARNS"
"""Variable of functions that demand the origin key."""


def prove_acceleration(journey: Journey) -> Iterator[Finding]:
    """Yield whether an upload to the accelerated host of the bucket arrives."""
    configured: Any = journey.project.api.get_client_config()
    if not configured["uploads"]["can_accelerate"]:
        yield skipped("storage.transfer_acceleration is off")
        return
    content = picture()
    ticket = journey.begin(content, "foveal-doctor-fast.png", accelerate=True)
    answer = journey.deployment.http.put(ticket["url"], content=content, headers=ticket["headers"])
    yield verdict(
        answer.status_code == 200 and "s3-accelerate" in ticket["url"],
        "an upload by s3-accelerate arrives",
        f"an upload by {ticket['url'].partition('?')[0]} answers {answer.status_code}",
        "the bucket's acceleration takes up to 20 minutes to start, and no dots in its name",
    )


def prove_origin_key(journey: Journey) -> Iterator[Finding]:
    """Yield whether the API refuses whoever goes past the CDN, and lets those in who come by it."""
    deployment = journey.deployment
    functions = deployment.client("lambda")
    name = next(each for each in deployment.ids("AWS::Lambda::Function") if "-FunctionsUploads" in each)
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    if ORIGIN_KEYS not in variables or not deployment.cdn_url:
        yield skipped('waf.origin_key is not "demand"')
        return
    (api,) = deployment.ids("AWS::ApiGatewayV2::Api")
    past = deployment.client("apigatewayv2").get_api(ApiId=api)["ApiEndpoint"].rstrip("/")
    answers = {url: deployment.http.get(f"{url}/v1/client-config").status_code for url in (past, deployment.cdn_url)}
    yield verdict(
        list(answers.values()) == [403, 200],
        "the API is closed beside the CDN",
        f"without the CDN the API answers {answers[past]}, by it {answers[deployment.cdn_url]}, not 403 and 200",
        "deploy the stage again; a new generation of the key needs both in waf.origin_key_generations for a while",
    )


def prove_scanning(journey: Journey) -> Iterator[Finding]:
    """Yield whether GuardDuty's plan is active, and has scanned the shared picture."""
    plans = journey.deployment.ids("AWS::GuardDuty::MalwareProtectionPlan")
    if not plans:
        yield skipped("scanning.malware is off")
        return
    if journey.deployment.is_local:
        yield skipped("the emulator has no plans of GuardDuty")
    else:
        plan = journey.deployment.client("guardduty").get_malware_protection_plan(MalwareProtectionPlanId=plans[0])
        yield verdict(
            plan["Status"] == "ACTIVE",
            "the plan is active",
            f"the plan is {plan['Status']}: {plan.get('StatusReasons')}",
            "GuardDuty's console names the right that its role lacks",
        )
    asset: Any = journey.project.api.get_asset(journey.picture()["asset_id"])
    result = (asset.get("scan") or {}).get("result")
    yield verdict(
        result == "clean",
        "the picture was scanned",
        f"the result of the picture's scan is {result}",
        "look at the log of scans and at its dead letters",
    )


def prove_query(journey: Journey) -> Iterator[Finding]:
    """Yield whether the query of who was given what is saved in Logs Insights."""
    if journey.deployment.is_local:
        yield skipped("the emulator keeps no saved queries")
        return
    logs = journey.deployment.client("logs")
    saved = logs.describe_query_definitions(queryDefinitionNamePrefix="foveal/")["queryDefinitions"]
    yield verdict(
        any(each["name"].endswith("/who-was-given-what") for each in saved),
        "who-was-given-what is there",
        "the query who-was-given-what is gone",
        "deploy the stage again",
    )
