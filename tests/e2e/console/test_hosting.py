"""The console as it is hosted: paths, headers, settings, and sign-in by authorization code in a real browser."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from playwright.sync_api import Browser, Page, Request

from local.commands.status import report
from local.deployment import demo
from local.deployment.console import publish
from tests.e2e.stack import PHOTO, Caller, Stack

WATCH = (
    "addEventListener('securitypolicyviolation', (e) => console.error(`CSP ${e.violatedDirective} ${e.blockedURI}`))"
)


def get(stack: Stack, path: str) -> httpx2.Response:
    return demo.client().get(stack.values["cdn_url"] + path)


@pytest.fixture(scope="module", autouse=True)
def published(stack: Stack) -> None:
    """Publish the console as `up` does after a deployment: other modules kill the emulator, or deploy, without it."""
    publish(stack.instance, stack.values["console_bucket"])


class Visitor:
    """A page, with the violations of its Content-Security-Policy and its requests for tokens."""

    def __init__(self, page: Page) -> None:
        self.page, self.violations, self.grants = page, [], []
        page.add_init_script(WATCH)
        page.on("console", lambda message: self._note(message.text))
        page.on("requestfinished", self._note_grant)

    violations: list[str]
    grants: list[tuple[dict[str, str], dict[str, Any]]]
    """Form and answer of each request to the token endpoint."""

    def _note(self, text: str) -> None:
        if text.startswith("CSP ") or "Content Security Policy" in text:
            self.violations.append(text)

    def _note_grant(self, request: Request) -> None:
        if request.url.endswith("/oauth2/token"):
            form = {name: values[0] for name, values in parse_qs(request.post_data or "").items()}
            response = request.response()
            assert response is not None
            self.grants.append((form, response.json()))

    def sign_in(self, values: dict[str, Any]) -> None:
        self.page.get_by_label("Username").fill(values["demo_username"])
        self.page.get_by_label("Password").fill(values["demo_password"])
        self.page.get_by_role("button", name="Sign in").click()


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Visitor]:
    with browser.new_context() as context:
        yield Visitor(context.new_page())


@pytest.mark.parametrize(
    "path", ["/console/", "/console/index.html", "/console/p/demo/assets", "/console/callback?code=1"]
)
def test_path_that_names_no_file_gets_the_page_and_its_policy(stack: Stack, path: str) -> None:
    answer = get(stack, path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["cache-control"] == "no-cache"
    assert '<div id="app">' in answer.text
    policy = answer.headers["content-security-policy"].split("; ")
    emulator = stack.values["aws_endpoint_url"]
    assert {"default-src 'none'", "style-src 'self'", "require-trusted-types-for 'script'"} <= set(policy)
    (connected,) = (each for each in policy if each.startswith("connect-src"))
    assert set(connected.split()) == {"connect-src", "'self'", emulator}
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"


def test_console_without_a_slash_leads_to_the_console(stack: Stack) -> None:
    answer = get(stack, "/console")
    assert (answer.status_code, answer.headers["location"]) == (302, "/console/")


def test_files_with_hashed_names_are_immutable_and_those_that_are_missing_answer_404(stack: Stack) -> None:
    scripts = re.findall(r'src="(/console/assets/[^"]+\.js)"', get(stack, "/console/").text)
    assert scripts
    for path in scripts:
        answer = get(stack, path)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    for path in ("/console/assets/none.js", "/console/none.txt"):
        assert get(stack, path).status_code == 404, path


def test_bucket_of_the_console_is_not_reached_past_the_cdn(stack: Stack) -> None:
    bucket = f"{stack.values['aws_endpoint_url']}/{stack.values['console_bucket']}"
    for address in (bucket, f"{bucket}/console/index.html"):
        assert demo.client().get(address).status_code == 403, address


def test_settings_of_the_console_lead_to_its_client(stack: Stack) -> None:
    answer = get(stack, "/console/config.json")
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("application/json", "no-cache")
    settings = answer.json()
    assert (settings["api"], settings["stage"]) == ("", "dev")
    sign_in = settings["sign_in"]
    assert (sign_in["issuer"], sign_in["scopes"]) == (stack.values["issuer"], ["openid"])
    assert demo.client().get(sign_in["discovery_url"]).json()["issuer"] == stack.values["issuer"]
    client = stack.aws("cognito-idp").describe_user_pool_client(
        UserPoolId=stack.values["user_pool_id"], ClientId=sign_in["client_id"]
    )["UserPoolClient"]
    assert client["AllowedOAuthFlows"] == ["code"]


def test_person_signs_in_by_code_returns_to_the_link_and_signs_out(stack: Stack, visitor: Visitor) -> None:
    page, link = visitor.page, stack.values["console_url"] + "p/demo/assets"
    page.goto(link)
    page.wait_for_url(f"{stack.values['aws_endpoint_url']}/oauth2/authorize**")
    asked = parse_qs(urlsplit(page.url).query)
    assert (asked["response_type"], asked["code_challenge_method"]) == (["code"], ["S256"])
    visitor.sign_in(stack.values)
    page.wait_for_url(f"{link}**")
    page.get_by_role("navigation").first.wait_for()
    (form, answer), *_ = visitor.grants
    assert (form["grant_type"], "client_secret" in form) == ("authorization_code", False)
    assert {"access_token", "refresh_token"} <= answer.keys()

    page.reload()
    page.get_by_role("navigation").first.wait_for()
    (renewal, renewed) = visitor.grants[1]
    assert (renewal["grant_type"], renewal["refresh_token"]) == ("refresh_token", answer["refresh_token"])
    assert renewed["refresh_token"] != answer["refresh_token"], "a refresh token is good for one use"

    page.get_by_role("button", name="Account").click()
    page.get_by_role("menuitem", name="Sign out").click()
    page.wait_for_url(stack.values["console_url"])
    page.get_by_role("button", name="Sign in").wait_for()
    again = {"grant_type": "refresh_token", "client_id": form["client_id"], "refresh_token": renewed["refresh_token"]}
    refused = demo.client().post(f"{stack.values['aws_endpoint_url']}/oauth2/token", data=again)
    assert refused.json()["error"] == "invalid_grant"
    assert visitor.violations == []


def test_page_of_the_console_uploads_to_the_bucket_and_calls_no_other_host(
    stack: Stack, visitor: Visitor, editor: Caller
) -> None:
    ticket = editor.begin(name="from-the-console.jpg")
    visitor.page.goto(stack.values["console_url"] + "icon.svg")  # a file of the console: it does not lead away
    send = """async ([url, headers, bytes]) => {
        const answer = await fetch(url, { method: 'PUT', headers, body: new Uint8Array(bytes) })
        return [answer.status, answer.headers.get('etag')]
    }"""
    status, tag = visitor.page.evaluate(send, [ticket["url"], ticket["headers"], list(PHOTO)])
    assert (status, bool(tag)) == (200, True)
    assert visitor.violations == []
    elsewhere = "fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused')"
    assert visitor.page.evaluate(elsewhere) == "refused"
    assert any("connect-src" in each for each in visitor.violations)


def test_page_of_another_origin_gets_no_code_for_the_client_of_the_console(stack: Stack) -> None:
    client_id = get(stack, "/console/config.json").json()["sign_in"]["client_id"]
    asked = {"response_type": "code", "client_id": client_id, "scope": "openid"}
    for address in ("https://attacker.example/console/callback", f"{stack.values['cdn_url']}/media/callback"):
        answer = demo.client().get(
            f"{stack.values['aws_endpoint_url']}/oauth2/authorize", params={**asked, "redirect_uri": address}
        )
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_status_of_the_local_stack_names_the_console_and_its_health(stack: Stack) -> None:
    (part,) = (each for each in report(stack.instance)["parts"] if each["name"] == "console")
    assert part == {"name": "console", "healthy": True, "detail": stack.values["console_url"]}


@pytest.mark.parametrize(
    "use",
    [
        "(url) => import(url).then(() => 'ran', (error) => error.name)",
        "(url) => { try { new Worker(url); return 'ran' } catch (error) { return error.name } }",
        "(url) => navigator.serviceWorker.register(url).then(() => 'ran', (error) => error.name)",
    ],
    ids=["module", "worker", "service worker"],
)
def test_uploaded_file_takes_no_role_of_a_script_on_the_origin_of_the_console(
    stack: Stack, visitor: Visitor, editor: Caller, photo: dict[str, Any], use: str
) -> None:
    visitor.page.goto(stack.values["console_url"] + "icon.svg")
    assert visitor.page.evaluate(use, editor.signed_url(photo["asset_id"])) == "TypeError"


def test_uploaded_file_is_sandboxed_on_the_origin_of_the_console(editor: Caller, photo: dict[str, Any]) -> None:
    answer = demo.client().get(editor.signed_url(photo["asset_id"]))
    assert answer.headers["content-security-policy"].startswith("sandbox;")
    assert answer.headers["x-content-type-options"] == "nosniff"
