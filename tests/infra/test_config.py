"""Stage files are checked before synthesis; errors name the setting, say what to do, and repeat no text of the file."""

import traceback
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra import config
from infra.config import ConfigError
from infra.config.fields import LOG_RETENTION_DAYS
from infra.config.reference import reference, settings

ROOT = Path(__file__).parents[2]
GOOD = """
allowed_origins = ["https://app.example.com"]
[mongodb]
secret_name = "foveal/mongodb"
"""


def load(folder: Path, text: str, stage: str = "test") -> config.StageConfig:
    (folder / f"{stage}.toml").write_text(text, encoding="utf-8")
    return config.load(stage, folder)


@pytest.mark.parametrize("stage", ["dev", "staging", "prod"])
def test_shipped_stage_is_valid(stage: str) -> None:
    assert config.load(stage).stage == stage


def test_stage_whose_name_cognito_refuses_needs_a_prefix_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"auth\.token_domain_prefix must be a name without 'aws'"):
        load(tmp_path, GOOD, stage="aws-test")
    assert load(tmp_path, f'{GOOD}[auth]\ntoken_domain_prefix = "media"', stage="aws-test").stage == "aws-test"


def test_error_names_the_known_stages_when_one_does_not_exist() -> None:
    with pytest.raises(ConfigError, match=r"no stage 'nowhere' \(known: dev, prod, staging\)"):
        config.load("nowhere")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("colour = 1", r"colour: no such setting; take it out"),
        ('allowed_origin = ["https://a.example"]', r"allowed_origin: no such setting; did you mean allowed_origins\?"),
        (
            "[storage]\nnoncurent_expire_after_days = 4",
            r"storage\.noncurent_expire_after_days.*did you mean noncurrent_exp",
        ),
        ("log_retention_days = 8", r"log_retention_days: CloudWatch Logs keeps .*choose one of these"),
        ("audit_retention_days = 30", r"audit_retention_days must not be less than log_retention_days"),
        ('kms_key = "mine"', r"^test\.toml: kms_key: must look like aws-managed, create or arn:aws:kms"),
        ('removal_policy = "keep"', r"removal_policy: must be 'retain' or 'destroy'$"),
        ('[delivery]\ndomain_name = "media.example.com"', r"delivery: domain_name and certificate_arn go together"),
        (
            '[delivery]\ndomain_name = "media.example.com"\n'
            'certificate_arn = "arn:aws:acm:eu-west-1:111122223333:certificate/1"',
            r"delivery\.certificate_arn: must look like arn:aws:acm:us-east-1",
        ),
        ("[delivery]\nsigning_key_generations = []", r"delivery\.signing_key_generations: must have at least 1 entry$"),
        (
            "[delivery]\nsigning_key_generations = [1, 1]",
            r"delivery: signing_key_generations must name each generation once",
        ),
        ("[delivery]\nurl_ttl_seconds = 60", r"delivery: url_window_seconds must not exceed url_ttl_seconds"),
        ("[storage]\nnoncurrent_expire_after_days = 7", r"storage: noncurrent_expire_after_days must be greater"),
        (
            "[storage]\nabort_multipart_after_days = 30",
            r"storage\.abort_multipart_after_days: must be at most 7 \(is 30\)$",
        ),
        ('[auth]\nissuer = "https://login.example.com"', r"auth: audience is needed with issuer"),
        ('[auth]\nissuer = "http://login.example.com"', r"auth\.issuer: must look like https://"),
        ("[auth]\nuser_password_flow = true", r"auth\.user_password_flow sends passwords"),
        ('[auth]\nmachine_scopes = ["demo:owner"]', r"auth\.machine_scopes \(item 1\): must look like demo:editor"),
        ('[auth]\ntoken_domain_prefix = "my-cognito"', r"auth\.token_domain_prefix must be a name without 'cognito'"),
        ('[auth]\nnative_client_id = "cli"', r"auth: native_client_id is a client of issuer"),
        ("[ingest]\nmax_concurrency = 1", r"ingest\.max_concurrency: must be at least 2 \(is 1\)$"),
        ('[uploads]\nallowed_types = ["everything"]', r"uploads\.allowed_types \(item 1\): must look like image/jpeg"),
        ('[monitoring]\nalarm_email = "nobody"', r"monitoring\.alarm_email: must look like"),
        ('[network]\nvpc_id = "vpc-01234567"', r"network\.availability_zones: is needed; add it"),
        ('[monitoring]\nlog_level = "DEBUG"', r"monitoring\.log_level: is no setting of this section but of the whole"),
        ("[api]\ninventory = 1", r"api\.inventory: is a setting of \[storage\]: move it there"),
        ("[api]\nprice_clas = 1", r"api\.price_clas: no such setting; did you mean delivery\.price_class\?"),
        ("storage = 1", r"storage: must be a table$"),
        ('[delivery]\nsigning_key_generations = "1"', r"delivery\.signing_key_generations: must be a list, in square"),
        (
            "[delivery]\nsigning_key_generations = [0]",
            r"^test\.toml: delivery\.signing_key_generations \(item 1\): must be at least 1 \(is 0\)$",
        ),
        ('[ingest]\nbatch_size = "many"', r"ingest\.batch_size: must be a whole number$"),
        ('[monitoring]\ntracing = "perhaps"', r"monitoring\.tracing: must be true or false$"),
        ("[monitoring]\nalarm_email = 1", r"monitoring\.alarm_email: must be text, in quotes$"),
        (
            '[auth]\ntoken_domain_prefix = "a"\nmachine_clients = { "Robot 1" = ["demo:editor"] }',
            r"auth\.machine_clients\.Robot 1: must look like a-name",
        ),
        ("[uploads]\nreserved_concurrency = 4", r"uploads\.reserved_concurrency: write reserved_concurrency\.uploads"),
        (
            "[reserved_concurrency]\ningest = 4",
            r"reserved_concurrency\.ingest must be at least ingest\.max_concurrency",
        ),
        ('[tags]\n"aws:x" = "y"', r"tags\.aws:x: must look like cost-center"),
        ('[auth]\nroles_claim = ""', r"auth\.roles_claim: must not be empty$"),
        ('stage = "other"', r"stage: is test, the name of the file; take the setting out$"),
        (
            '[delivery]\ndomain_name = "a.example.com"\n'
            'certificate_arn = "arn:aws:acm:us-east-1:111122223333:certificate/1"\n'
            '[api]\ndomain_name = "a.example.com"\n'
            'certificate_arn = "arn:aws:acm:eu-west-1:111122223333:certificate/1"',
            r"api\.domain_name and delivery\.domain_name must differ",
        ),
        ("this is not TOML", r"test\.toml is not valid TOML"),
    ],
)
def test_error_names_the_setting_and_what_to_do(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load(tmp_path, f"{text}\n{GOOD}" if not text.startswith("[") else f"{GOOD}\n{text}")


@pytest.mark.parametrize(
    ("mongodb", "message"),
    [
        ("", "give exactly one of secret_name, secret_arn and uri"),
        ('secret_name = "a"\nuri = "mongodb+srv://a/?authMechanism=MONGODB-AWS"', "give exactly one"),
        ('uri = "mongodb+srv://name:word@host/?authMechanism=MONGODB-AWS"', "mongodb.uri: must hold no credentials"),
        ('uri = "mongodb+srv://name:a/b@host/?authMechanism=MONGODB-AWS"', "mongodb.uri: must hold no credentials"),
        ('uri = "mongodb+srv://name@host/?authMechanism=MONGODB-AWS"', "mongodb: uri must hold no credentials"),
        (
            'uri = "mongodb+srv://host/?authMechanism=MONGODB-AWS&authMechanismProperties=AWS_SESSION_TOKEN:abc"',
            "mongodb: uri must hold no credentials",
        ),
        ('uri = "mongodb+srv://host/"', "must say authMechanism=MONGODB-AWS"),
        ('secret_arn = "foveal/mongodb"', "must look like arn:aws:secretsmanager"),
    ],
)
def test_mongodb_needs_exactly_one_source_of_its_uri(tmp_path: Path, mongodb: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load(tmp_path, f'allowed_origins = ["https://app.example.com"]\n[mongodb]\n{mongodb}')


SECRET = "hunter2"
PLANTED: dict[str, Any] = {
    "text": SECRET,
    "URI": f"mongodb+srv://name:{SECRET}@cluster.example.net/",
    "URI with a slash in its password": f"mongodb+srv://name:a/{SECRET}@cluster.example.net/?a=b",
    "list": [f"https://name:{SECRET}@example.com"],
    "table": {"name": f"mongodb://name:{SECRET}@host"},
    "wrong kinds": [1, [SECRET], {"a": SECRET}],
}
SETTINGS = [path for path, _ in settings(config.StageConfig)]


@pytest.mark.parametrize("planted", PLANTED)
@pytest.mark.parametrize("setting", SETTINGS, ids=".".join)
def test_secret_in_any_setting_is_in_no_error(setting: tuple[str, ...], planted: str) -> None:
    """A text without any mark of a secret may be a valid value of its setting; credentials in a URI never are."""
    values: dict[str, Any] = {"allowed_origins": ["https://a.example"], "mongodb": {"secret_name": "a"}}
    section = values
    for name in setting[:-1]:
        section = section.setdefault(name, {})
    section[setting[-1]] = PLANTED[planted]
    text = refusal(values)
    assert text is None or SECRET not in text
    assert text is not None or planted == "text"


def refusal(values: dict[str, Any]) -> str | None:
    """Return the error of a configuration as a log shows it, with everything that led to it; None if it is valid."""
    try:
        config.parse("test", values)
    except ConfigError as error:
        return "".join(traceback.format_exception(error))
    return None


@pytest.mark.parametrize("origin", ["*", "http://app.example.com"])
def test_wildcard_and_http_origins_are_refused_outside_development(tmp_path: Path, origin: str) -> None:
    text = GOOD.replace("https://app.example.com", origin)
    assert load(tmp_path, text, "dev").allowed_origins == (origin,)
    with pytest.raises(ConfigError, match="allowed_origins must"):
        load(tmp_path, text, "staging")


@pytest.mark.parametrize("origin", ["https://app.example.com/", "https://*.example.com", "app.example.com", "null"])
def test_origin_that_no_browser_sends_is_refused(tmp_path: Path, origin: str) -> None:
    with pytest.raises(ConfigError, match=r"allowed_origins \(item 1\): must look like https://app\.example\.com"):
        load(tmp_path, GOOD.replace("https://app.example.com", origin))


def test_removal_policy_destroy_is_refused_in_production(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="removal_policy must be retain in prod"):
        load(tmp_path, f'removal_policy = "destroy"\n{GOOD}', "prod")


@given(
    section=st.sampled_from(["", "storage", "delivery", "api", "auth", "uploads", "ingest", "monitoring"]),
    data=st.data(),
)
def test_unknown_setting_is_named_with_its_section(section: str, data: st.DataObject) -> None:
    name = data.draw(st.from_regex(r"zz_[a-z]{1,12}", fullmatch=True))
    values: dict[str, Any] = {"allowed_origins": ["https://a.example"], "mongodb": {"secret_name": "a"}}
    (values.setdefault(section, {}) if section else values)[name] = 1
    with pytest.raises(ConfigError, match=rf"^test\.toml: {section + '[.]' if section else ''}{name}: no such setting"):
        config.parse("test", values)


@given(days=st.integers(min_value=-10, max_value=4000))
def test_log_retention_is_accepted_exactly_when_cloudwatch_has_it(days: int) -> None:
    values = {"allowed_origins": ["https://a.example"], "mongodb": {"secret_name": "a"}, "audit_retention_days": 3653}
    values["log_retention_days"] = days
    if days in LOG_RETENTION_DAYS:
        assert config.parse("test", values).log_retention_days == days
    else:
        with pytest.raises(ConfigError, match="log_retention_days"):
            config.parse("test", values)


def test_settings_page_is_fresh() -> None:
    assert (ROOT / "docs/settings.md").read_text(encoding="utf-8") == reference(), "run `python -m tools.settings`"


def test_every_setting_has_a_description() -> None:
    assert [".".join(path) for path, field in settings(config.StageConfig) if not field.description] == []
