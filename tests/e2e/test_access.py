"""Letting people and machines in: the commands of docs/access.md, as they stand there, with a stand-in for `aws`."""

import base64
import json
import re
import secrets
import shlex
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from botocore import xform_name

from local.deployment import demo
from local.instance import ROOT
from tests.e2e.stack import Caller, Stack

GUIDE = re.sub(r" \\\n *", " ", (ROOT / "docs/access.md").read_text())  # commands are one line each


class Shell:
    """Runs the `aws` commands of the guide through botocore, with the variables of the guide."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.variables = {
            "POOL": stack.values["user_pool_id"],
            "CLIENT": stack.values["client_id"],
            "PASSWORD": f"Aa1-{secrets.token_hex(12)}",
        }
        self.ran: set[str] = set()

    def run(self, beginning: str) -> dict[str, Any]:
        """Run the command of the guide that begins so."""
        (line,) = [each for each in GUIDE.splitlines() if each.startswith(f"aws cognito-idp {beginning}")]
        self.ran.add(line)
        words = [self._filled(word) for word in shlex.split(line)][2:]
        client = self.stack.aws("cognito-idp")
        operation = {xform_name(name, "-"): name for name in client.meta.service_model.operation_names}[words[0]]
        members = client.meta.service_model.operation_model(operation).input_shape.members
        names = {f"--{xform_name(name, '-')}": name for name in members}
        arguments: dict[str, Any] = {}
        for word in words[1:]:
            if word.startswith("--"):
                name, arguments[names[word]] = names[word], True
                continue
            kind = members[name].type_name
            if kind == "list":
                arguments[name] = [*([] if arguments[name] is True else arguments[name]), _pairs(word)]
            else:
                arguments[name] = _pairs(word) if kind == "map" else word
        answer: dict[str, Any] = getattr(client, xform_name(operation))(**arguments)
        return answer

    def _filled(self, word: str) -> str:
        return re.sub(r"\$(\w+)", lambda found: self.variables[found[1]], word)


def _pairs(word: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in word.split(","))


@pytest.fixture
def shell(stack: Stack) -> Iterator[Shell]:
    shell = Shell(stack)
    yield shell
    cognito, pool = stack.aws("cognito-idp"), {"UserPoolId": shell.variables["POOL"]}
    for each in cognito.list_users(**pool)["Users"]:
        if each["Username"] == "ann":
            cognito.admin_delete_user(**pool, Username="ann")
    for each in cognito.list_groups(**pool)["Groups"]:
        if each["GroupName"] == "zoo:editor":
            cognito.delete_group(**pool, GroupName="zoo:editor")


def _status(stack: Stack, token: str) -> int:
    return Caller(stack, token).call("GET", "/v1/projects/zoo/assets").status_code


def test_person_is_let_in_signs_in_and_is_put_out_by_the_commands_of_the_guide(stack: Stack, shell: Shell) -> None:
    for command in ("create-group", "admin-create-user", "admin-set-user-password", "admin-add-user-to-group"):
        shell.run(command)
    (user,) = shell.run("list-users-in-group")["Users"]
    (group,) = shell.run("admin-list-groups-for-user")["Groups"]
    assert (user["Username"], group["GroupName"]) == ("ann", "zoo:editor")

    tokens = shell.run("initiate-auth --client-id $CLIENT --auth-flow USER_PASSWORD_AUTH")["AuthenticationResult"]
    assert _status(stack, tokens["AccessToken"]) == 200
    assert _status(stack, tokens["IdToken"]) == 401
    shell.variables["REFRESH_TOKEN"] = tokens["RefreshToken"]
    refresh = "initiate-auth --client-id $CLIENT --auth-flow REFRESH_TOKEN_AUTH"
    assert _status(stack, shell.run(refresh)["AuthenticationResult"]["AccessToken"]) == 200

    shell.run("admin-remove-user-from-group")
    assert _status(stack, shell.run(refresh)["AuthenticationResult"]["AccessToken"]) == 404
    shell.run("revoke-token")
    client = stack.aws("cognito-idp")
    with pytest.raises(client.exceptions.ClientError, match="NotAuthorized"):
        shell.run(refresh)
    shell.run("admin-user-global-sign-out")
    shell.run("admin-disable-user")
    with pytest.raises(client.exceptions.ClientError, match="NotAuthorized"):
        shell.run("initiate-auth --client-id $CLIENT --auth-flow USER_PASSWORD_AUTH")
    machines = re.findall(r"^aws cognito-idp (?:list|describe)-user-pool-client.*$", GUIDE, re.MULTILINE)
    assert shell.ran == set(re.findall(r"^aws cognito-idp .*$", GUIDE, re.MULTILINE)) - set(machines)


@pytest.fixture
def machine(stack: Stack) -> Iterator[str]:
    """A machine client with the scope demo:viewer, whose tokens the deployed API accepts; return its name."""
    cognito, gateway = stack.aws("cognito-idp"), stack.aws("apigatewayv2")
    pool, name = {"UserPoolId": stack.values["user_pool_id"]}, f"trainer-{secrets.token_hex(4)}"
    made = cognito.create_user_pool_client(
        **pool,
        ClientName=name,
        GenerateSecret=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthScopes=["foveal/demo:viewer"],
    )["UserPoolClient"]
    (api,) = gateway.get_apis()["Items"]
    (authorizer,) = gateway.get_authorizers(ApiId=api["ApiId"])["Items"]
    of_api = {"ApiId": api["ApiId"], "AuthorizerId": authorizer["AuthorizerId"]}
    before = authorizer["JwtConfiguration"]
    gateway.update_authorizer(
        **of_api, JwtConfiguration={**before, "Audience": [*before["Audience"], made["ClientId"]]}
    )
    yield name
    gateway.update_authorizer(**of_api, JwtConfiguration=before)
    cognito.delete_user_pool_client(**pool, ClientId=made["ClientId"])


def test_machine_reads_with_a_token_of_its_client(stack: Stack, shell: Shell, machine: str) -> None:
    listed = shell.run("list-user-pool-clients")["UserPoolClients"]
    shell.variables["MACHINE_ID"] = next(each["ClientId"] for each in listed if each["ClientName"] == machine)
    secret = shell.run("describe-user-pool-client")["UserPoolClient"]["ClientSecret"]
    command = r"^curl -s \$\(output TokenUrl\) -u \S+ +-d grant_type=client_credentials -d 'scope=foveal/zoo:viewer'$"
    assert re.search(command, GUIDE, re.MULTILINE)
    answer = httpx2.post(
        f"{stack.values['aws_endpoint_url']}/oauth2/token",  # where the emulator serves the domain of TokenUrl
        data={"grant_type": "client_credentials", "scope": "foveal/demo:viewer"},
        auth=(shell.variables["MACHINE_ID"], secret),
    )
    token = answer.json()["access_token"]
    payload = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert payload["scope"] == "foveal/demo:viewer"
    caller = Caller(stack, token)
    assert caller.call("GET", f"/v1/projects/{demo.PROJECT}/assets").status_code == 200
    assert caller.call("POST", f"/v1/projects/{demo.PROJECT}/uploads", {"uploads": []}).status_code == 403
    assert caller.call("GET", "/v1/projects/zoo/assets").status_code == 404
