"""The emulator's state on disk, after it was asked to save."""

from local.instance import Instance
from local.processes import emulator_process
from tests.e2e.stack import kill


def test_what_was_there_at_a_save_is_there_after_a_kill(emulator: Instance) -> None:
    emulator_process.client(emulator, "secretsmanager").create_secret(Name="kept", SecretString="1")

    emulator_process.save(emulator)
    kill(emulator_process.process(emulator).pid)
    emulator_process.start(emulator)

    assert emulator_process.client(emulator, "secretsmanager").get_secret_value(SecretId="kept")["SecretString"] == "1"
