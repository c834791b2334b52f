import subprocess
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from cryptography.hazmat.primitives.asymmetric import ec
from typer.testing import CliRunner

from foveal.delivery.cloudfront_signer import Signer
from local.commands import rotation
from tests.unit.delivery.cloudfront_edge import Edge
from tests.unit.delivery.test_cloudfront_signer import NOW, URL, pem

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("stage", ["dev", "staging", "prod"])
def test_writing_generations_changes_no_other_setting(stage: str) -> None:
    text = (ROOT / "stages" / f"{stage}.toml").read_text()
    changed = rotation.with_generations(rotation.with_generations(text, [1, 2]), [2, 1])
    before, after = tomllib.loads(text), tomllib.loads(changed)
    assert after["delivery"].pop("signing_key_generations") == [2, 1]
    before.setdefault("delivery", {}).pop("signing_key_generations", None)
    assert after == before


def test_new_key_is_known_before_it_signs_and_the_old_one_stays() -> None:
    assert rotation.steps([1], finish=False) == [[1, 2], [2, 1]]
    assert rotation.steps([2, 1], finish=True) == [[2]]
    assert rotation.steps([1, 2], finish=False) == [[2, 1]]


@pytest.mark.parametrize(("now", "finish"), [([1], True), ([2, 1], False)])
def test_finish_without_an_old_key_is_refused(now: list[int], finish: bool) -> None:
    with pytest.raises(typer.BadParameter):
        rotation.steps(now, finish=finish)


def test_rotation_breaks_no_url() -> None:
    keys = {number: ec.generate_private_key(ec.SECP256R1()) for number in (1, 2)}
    signers = {number: Signer(f"K{number}", pem(key)) for number, key in keys.items()}
    out: list[str] = []
    for deployed in ([1], *rotation.steps([1], finish=False)):
        out.append(signers[deployed[0]].url(URL, NOW + 600))
        edge = Edge({f"K{number}": keys[number].public_key() for number in deployed}, NOW)
        assert all(edge.admits(url) for url in out)
    finished = Edge({"K2": keys[2].public_key()}, NOW)
    assert [finished.admits(url) for url in out] == [False, False, True]


def test_command_writes_and_deploys_each_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "stages").mkdir()
    stage = tmp_path / "stages/dev.toml"
    stage.write_text('log_level = "INFO"\n')
    monkeypatch.chdir(tmp_path)
    seen: list[list[int]] = []

    class Finished:
        returncode = 0

    def run(command: list[str], check: bool) -> Finished:
        assert command == ["cdk", "deploy", "-c", "stage=dev"]
        seen.append(rotation.generations(stage.read_text()))
        return Finished()

    monkeypatch.setattr(subprocess, "run", run)
    # the module's own name only: threads of other tests sleep as well
    monkeypatch.setattr(rotation, "time", SimpleNamespace(sleep=lambda seconds: seen.append([seconds])))
    result = CliRunner().invoke(rotation.app, ["--stage", "dev", "--deploy", "cdk deploy", "--pause", "60"])
    assert result.exit_code == 0, result.output
    assert seen == [[1, 2], [60], [2, 1]]
    assert CliRunner().invoke(rotation.app, ["--stage", "dev", "--finish", "--deploy", "cdk deploy"]).exit_code == 0
    assert seen[-1] == [2]
