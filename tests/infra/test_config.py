"""A stage file is checked before anything is synthesized, and what is wrong is named."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra import config
from infra.config import ConfigError
from infra.config.fields import LOG_RETENTION_DAYS

GOOD = """
allowed_origins = ["https://app.example.com"]
[mongodb]
secret_name = "foveal/mongodb"
"""


def load(folder: Path, text: str, stage: str = "test") -> config.StageConfig:
    (folder / f"{stage}.toml").write_text(text, encoding="utf-8")
    return config.load(stage, folder)


@pytest.mark.parametrize("stage", ["dev", "staging", "prod"])
def test_a_shipped_stage_is_valid(stage: str) -> None:
    assert config.load(stage).stage == stage


def test_the_known_stages_are_named_when_one_does_not_exist() -> None:
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
        ("log_retention_days = 8", r"log_retention_days: .*choose one of these \(is 8\)"),
        ("audit_retention_days = 30", r"audit_retention_days must not be less than log_retention_days"),
        ('kms_key = "mine"', r"kms_key.*must look like arn:aws:kms"),
        ('removal_policy = "keep"', r"removal_policy: .*'retain' or 'destroy'"),
        ('[delivery]\ndomain_name = "media.example.com"', r"delivery: domain_name and certificate_arn go together"),
        (
            '[delivery]\ndomain_name = "media.example.com"\n'
            'certificate_arn = "arn:aws:acm:eu-west-1:111122223333:certificate/1"',
            r"delivery\.certificate_arn: must look like arn:aws:acm:us-east-1",
        ),
        ("[delivery]\nsigning_key_generations = []", r"delivery\.signing_key_generations: .*at least 1"),
        (
            "[delivery]\nsigning_key_generations = [1, 1]",
            r"delivery: signing_key_generations must name each generation once",
        ),
        ("[delivery]\nurl_ttl_seconds = 60", r"delivery: url_window_seconds must not exceed url_ttl_seconds"),
        ("[storage]\nnoncurrent_expire_after_days = 7", r"storage: noncurrent_expire_after_days must be greater"),
        (
            "[storage]\nabort_multipart_after_days = 30",
            r"storage\.abort_multipart_after_days: .*less than or equal to 7",
        ),
        ('[auth]\nissuer = "https://login.example.com"', r"auth: audience is needed with issuer"),
        ('[auth]\nissuer = "http://login.example.com"', r"auth\.issuer: must look like https://"),
        ("[auth]\nuser_password_flow = true", r"auth\.user_password_flow sends passwords"),
        ('[auth]\nmachine_scopes = ["demo:owner"]', r"auth\.machine_scopes\.0: must look like demo:editor"),
        (
            '[auth.machine_clients]\nrobot = ["demo:editor"]',
            r"auth: token_domain_prefix is needed with machine_clients",
        ),
        ("[ingest]\nmax_concurrency = 1", r"ingest\.max_concurrency: .*greater than or equal to 2"),
        ('[uploads]\nallowed_types = ["everything"]', r"uploads\.allowed_types\.0: must look like image/jpeg"),
        ('[monitoring]\nalarm_email = "nobody"', r"monitoring\.alarm_email: must look like"),
        ('[network]\nvpc_id = "vpc-01234567"', r"network\.availability_zones: is needed; add it"),
        ("this is not TOML", r"test\.toml is not valid TOML"),
    ],
)
def test_the_wrong_field_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load(tmp_path, f"{text}\n{GOOD}" if not text.startswith("[") else f"{GOOD}\n{text}")


@pytest.mark.parametrize(
    ("mongodb", "message"),
    [
        ("", "give exactly one of secret_name, secret_arn and uri"),
        ('secret_name = "a"\nuri = "mongodb+srv://a/?authMechanism=MONGODB-AWS"', "give exactly one"),
        ('uri = "mongodb+srv://name:word@host/?authMechanism=MONGODB-AWS"', "must hold no credentials"),
        ('uri = "mongodb+srv://host/"', "must say authMechanism=MONGODB-AWS"),
        ('secret_arn = "foveal/mongodb"', "must look like arn:aws:secretsmanager"),
    ],
)
def test_mongodb_is_reached_in_exactly_one_way(tmp_path: Path, mongodb: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load(tmp_path, f'allowed_origins = ["https://app.example.com"]\n[mongodb]\n{mongodb}')


@pytest.mark.parametrize("origin", ["*", "http://app.example.com"])
def test_any_site_and_plain_http_are_refused_outside_development(tmp_path: Path, origin: str) -> None:
    text = GOOD.replace("https://app.example.com", origin)
    assert load(tmp_path, text, "dev").allowed_origins == (origin,)
    with pytest.raises(ConfigError, match="allowed_origins must"):
        load(tmp_path, text, "staging")


@pytest.mark.parametrize("origin", ["https://app.example.com/", "https://*.example.com", "app.example.com", "null"])
def test_an_origin_that_a_browser_never_sends_is_refused(tmp_path: Path, origin: str) -> None:
    with pytest.raises(ConfigError, match=r"allowed_origins\.0: must look like https://app\.example\.com"):
        load(tmp_path, GOOD.replace("https://app.example.com", origin))


def test_production_never_deletes_its_media(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="removal_policy must be retain in prod"):
        load(tmp_path, f'removal_policy = "destroy"\n{GOOD}', "prod")


@given(
    section=st.sampled_from(["", "storage", "delivery", "api", "auth", "uploads", "ingest", "monitoring"]),
    data=st.data(),
)
def test_every_unknown_setting_is_named_with_its_section(section: str, data: st.DataObject) -> None:
    name = data.draw(st.from_regex(r"zz_[a-z]{1,12}", fullmatch=True))
    values: dict[str, Any] = {"allowed_origins": ["https://a.example"], "mongodb": {"secret_name": "a"}}
    (values.setdefault(section, {}) if section else values)[name] = 1
    with pytest.raises(ConfigError, match=rf"^test\.toml: {section + '[.]' if section else ''}{name}: no such setting"):
        config.parse("test", values)


@given(days=st.integers(min_value=-10, max_value=4000))
def test_a_log_retention_is_accepted_exactly_when_cloudwatch_knows_it(days: int) -> None:
    values = {"allowed_origins": ["https://a.example"], "mongodb": {"secret_name": "a"}, "audit_retention_days": 3653}
    values["log_retention_days"] = days
    if days in LOG_RETENTION_DAYS:
        assert config.parse("test", values).log_retention_days == days
    else:
        with pytest.raises(ConfigError, match="log_retention_days"):
            config.parse("test", values)
