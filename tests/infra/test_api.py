"""Every route needs a verified token, is throttled and logged without its path."""

import json
from collections.abc import Callable

from foveal.stack_contract import (
    DEFAULT_ROUTE,
    DEFAULT_ROUTE_FUNCTION,
    DOCUMENT_ROUTES,
    PUBLIC_ROUTES,
    ROUTES,
    SIGN_IN_REDIRECT_URIS,
)
from tests.infra.template import Template, flatten

ROUTE, AUTHORIZER = "AWS::ApiGatewayV2::Route", "AWS::ApiGatewayV2::Authorizer"
CLIENT, WEB_CLIENT, NATIVE_CLIENT = "AWS::Cognito::UserPoolClient", "AuthUserPoolWeb", "AuthUserPoolNative"


def test_gateway_has_exactly_the_routes_of_the_contract(template: Template) -> None:
    routes = {route["RouteKey"] for route in template.of_type(ROUTE).values()}
    assert routes == {DEFAULT_ROUTE, *(key for keys in ROUTES.values() for key in keys)}


def test_route_is_integrated_with_the_function_that_serves_it(template: Template) -> None:
    functions = {
        name: next(
            key for key, each in template.of_type("AWS::Lambda::Function").items() if each == template.function(name)
        )
        for name in ROUTES
    }
    integrations = template.of_type("AWS::ApiGatewayV2::Integration")
    for route in template.of_type(ROUTE).values():
        integration = integrations[flatten(route["Target"]).removeprefix("integrations/").strip("<>")]
        owners = [name for name, keys in ROUTES.items() if route["RouteKey"] in keys]
        (owner,) = [DEFAULT_ROUTE_FUNCTION] if route["RouteKey"] == DEFAULT_ROUTE else owners
        assert functions[owner] in flatten(integration["IntegrationUri"])
        assert integration["PayloadFormatVersion"] == "2.0"


def test_route_needs_a_token_unless_it_has_a_ticket_or_describes_the_api(template: Template) -> None:
    (authorizer,) = template.of_type(AUTHORIZER)
    for route in template.of_type(ROUTE).values():
        if route["RouteKey"] in {*PUBLIC_ROUTES, DEFAULT_ROUTE}:
            assert route["AuthorizationType"] == "NONE"
            is_ticket = "{token}" in route["RouteKey"]
            assert is_ticket or route["RouteKey"] in {*DOCUMENT_ROUTES, DEFAULT_ROUTE}, "public without a ticket"
        else:
            assert route["AuthorizationType"] == "JWT"
            assert route["AuthorizerId"] == {"Ref": authorizer}


def test_tokens_of_the_user_pool_are_verified(dev: Template) -> None:
    jwt = dev.only(AUTHORIZER)["JwtConfiguration"]
    (pool,) = dev.of_type("AWS::Cognito::UserPool")
    assert flatten(jwt["Issuer"]) == f"https://cognito-idp.<AWS::Region>.amazonaws.com/<{pool}>"
    assert {flatten(each) for each in jwt["Audience"]} == {f"<{name}>" for name in dev.of_type(CLIENT)}


def test_oidc_issuer_replaces_the_user_pool(changed: Callable[..., Template]) -> None:
    auth = {
        "issuer": "https://login.example.com",
        "audience": ["foveal"],
        "roles_claim": "roles",
        "scope_prefix": "api/",
    }
    template = changed("prod", auth=auth)
    assert template.only(AUTHORIZER)["JwtConfiguration"] == {"Issuer": auth["issuer"], "Audience": ["foveal"]}
    assert not [each for each in template.resources.values() if each["Type"].startswith("AWS::Cognito")]
    assert template.environment("catalog")["ROLES_CLAIM"] == "roles"
    assert template.environment("catalog")["SCOPE_PREFIX"] == "api/"


def test_machine_has_a_client_with_its_scopes_in_the_audience(changed: Callable[..., Template]) -> None:
    template = changed("dev", auth={"machine_clients": {"robot": ["zoo:editor"]}, "token_domain_prefix": "zoo"})
    server = template.only("AWS::Cognito::UserPoolResourceServer")
    assert server["Identifier"] == "foveal"
    assert "zoo:editor" in [scope["ScopeName"] for scope in server["Scopes"]]
    clients = template.of_type("AWS::Cognito::UserPoolClient")
    (name,) = (name for name, each in clients.items() if each.get("ClientName") == "robot")
    assert clients[name]["AllowedOAuthFlows"] == ["client_credentials"]
    assert [flatten(each) for each in clients[name]["AllowedOAuthScopes"]] == [
        f"<{next(iter(template.of_type('AWS::Cognito::UserPoolResourceServer')))}>/zoo:editor"
    ]
    assert {"Ref": name} in template.only(AUTHORIZER)["JwtConfiguration"]["Audience"]


def test_password_flow_exists_only_in_development(shipped: Callable[[str], Template]) -> None:
    for stage in ("dev", "staging", "prod"):
        flows = shipped(stage).named(WEB_CLIENT, CLIENT)["ExplicitAuthFlows"]
        assert "ALLOW_USER_SRP_AUTH" in flows
        assert ("ALLOW_USER_PASSWORD_AUTH" in flows) == (stage == "dev")


def test_native_client_signs_in_by_code_on_the_loopback_and_rotates_refresh_tokens(template: Template) -> None:
    client = template.named(NATIVE_CLIENT, CLIENT)
    assert client["GenerateSecret"] is False
    assert client["AllowedOAuthFlows"] == ["code"]
    assert client["AllowedOAuthScopes"] == ["openid"]
    assert client["CallbackURLs"] == list(SIGN_IN_REDIRECT_URIS)
    assert client["RefreshTokenRotation"] == {"Feature": "ENABLED", "RetryGracePeriodSeconds": 30}
    # Cognito refuses rotation beside this flow, which is also among those of a client that names none
    assert client["ExplicitAuthFlows"] == ["ALLOW_USER_SRP_AUTH"]
    assert client["EnableTokenRevocation"] is True


def test_user_pool_has_a_domain_for_sign_in_pages(dev: Template, changed: Callable[..., Template]) -> None:
    domain = "AWS::Cognito::UserPoolDomain"
    suffix = dev.only(domain)["Domain"]["Fn::Join"][1]
    assert suffix[0] == "foveal-dev-"
    assert "AWS::StackId" in json.dumps(suffix[1])
    own = changed("dev", auth={"token_domain_prefix": "zoo"})
    assert own.only(domain)["Domain"] == "zoo"
    assert list(own.of_type(domain)) == list(dev.of_type(domain))


def test_function_of_client_config_knows_issuer_and_native_client(dev: Template) -> None:
    sign_in = json.loads(flatten(dev.function("uploads")["Environment"]["Variables"]["SIGN_IN"]))
    (name,) = (name for name in dev.of_type(CLIENT) if name.startswith(NATIVE_CLIENT))
    issuer = flatten(dev.only(AUTHORIZER)["JwtConfiguration"]["Issuer"])
    assert sign_in == {"issuer": issuer, "client_id": f"<{name}>", "scopes": ["openid"]}


def test_oidc_issuer_has_a_native_client_only_when_the_stage_names_it(changed: Callable[..., Template]) -> None:
    auth = {"issuer": "https://login.example.com", "audience": ["foveal"]}
    assert "SIGN_IN" not in changed("prod", auth=auth).environment("uploads")
    named = changed("prod", auth={**auth, "native_client_id": "cli"})
    expected = {"issuer": auth["issuer"], "client_id": "cli", "scopes": ["openid", "offline_access"]}
    assert json.loads(named.environment("uploads")["SIGN_IN"]) == expected


def test_sign_up_is_for_administrators_unless_the_stage_says_otherwise(template: Template) -> None:
    pool = template.only("AWS::Cognito::UserPool")
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] >= 12


def test_api_is_throttled_and_logged(template: Template) -> None:
    stage = template.only("AWS::ApiGatewayV2::Stage")
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] > 0
    assert stage["DefaultRouteSettings"]["ThrottlingBurstLimit"] > 0
    assert "Arn" in flatten(stage["AccessLogSettings"]["DestinationArn"])


def test_access_logs_hold_source_address_and_subject(template: Template) -> None:
    assert access_log(template).items() >= {
        ("sourceIp", "$context.identity.sourceIp"),
        ("subject", "$context.authorizer.claims.sub"),
    }


def test_access_logs_hold_no_path_and_no_query(template: Template) -> None:
    fields = access_log(template)
    assert {"requestId", "routeKey", "status"} <= fields.keys()
    for value in fields.values():
        assert not [word for word in ("path", "query", "header", "domain", "body") if word in value.lower()], value


def access_log(template: Template) -> dict[str, str]:
    fields: dict[str, str] = json.loads(template.only("AWS::ApiGatewayV2::Stage")["AccessLogSettings"]["Format"])
    return fields


def test_cors_of_the_api_allows_the_listed_origins(template: Template) -> None:
    cors = template.only("AWS::ApiGatewayV2::Api")["CorsConfiguration"]
    assert "*" not in cors["AllowOrigins"]
    assert {"authorization", "content-type", "if-match", "idempotency-key"} <= set(cors["AllowHeaders"])
    assert {"GET", "POST", "PATCH", "DELETE"} <= set(cors["AllowMethods"])
    assert cors["AllowCredentials"] is True


def test_cors_allows_no_credentials_when_every_origin_is_allowed(changed: Callable[..., Template]) -> None:
    template = changed("dev", allowed_origins=["*"])
    assert not template.only("AWS::ApiGatewayV2::Api")["CorsConfiguration"].get("AllowCredentials")
    cors = template.named("DeliveryMediaHeaders", "AWS::CloudFront::ResponseHeadersPolicy")[
        "ResponseHeadersPolicyConfig"
    ]["CorsConfig"]
    assert cors["AccessControlAllowCredentials"] is False


def test_own_domain_of_the_api_is_mapped_to_its_stage(changed: Callable[..., Template]) -> None:
    certificate = "arn:aws:acm:eu-west-1:111122223333:certificate/1"
    template = changed("prod", api={"domain_name": "api.example.com", "certificate_arn": certificate})
    (configuration,) = template.only("AWS::ApiGatewayV2::DomainName")["DomainNameConfigurations"]
    assert configuration["SecurityPolicy"] == "TLS_1_2"
    assert template.only("AWS::ApiGatewayV2::ApiMapping")["Stage"]
    assert template.document["Outputs"]["ApiUrl"]["Value"] == "https://api.example.com"
