"""The edge in front of MiniStack, and the check of MiniStack's private names."""

from pathlib import Path
from types import SimpleNamespace

from local.emulator.edge import Hosts, write_hosts
from local.instance import Instance
from local.ministack_patches import check


def test_running_edge_reads_the_names_of_a_new_deployment(tmp_path: Path) -> None:
    instance = Instance.from_environment({"FOVEAL_STATE": str(tmp_path)})
    hosts = Hosts(instance)
    before = hosts.name("api")
    write_hosts(instance, api_id="abc12345", distribution_domain="d1.cloudfront.net")

    assert before is None
    assert hosts.name("api") == "abc12345.execute-api.localhost"
    assert hosts.name("cdn") == "d1.cloudfront.localhost"


def test_check_names_missing_private_names_of_ministack() -> None:
    leaning = SimpleNamespace(USES={"json": ("dumps", "no_such_name"), "no.such.module": ("x",)})

    assert check.missing([leaning]) == ["json.no_such_name", "no.such.module"]
