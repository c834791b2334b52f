"""The console of the local stack: built while the stack is deployed, then put into its bucket."""

import subprocess
import sys
from typing import Final, Self

from foveal.console import site
from local import cdk
from local.instance import ROOT, Instance, LocalStackError
from local.processes import emulator_process

STOPS_WITHIN_SECONDS: Final = 10
COMMAND: Final = (sys.executable, "-m", "tools.console")
FOLDER: Final = ROOT / "web/console/dist"


class ConsoleBuild:
    """A build of the console, as a process beside the deployment; it does not outlive its context."""

    def __init__(self, instance: Instance) -> None:
        self._instance, self._log = instance, instance.logs / "console.log"

    def __enter__(self) -> Self:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        environment = {**cdk.environment(self._instance), "PYTHONPATH": str(ROOT)}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(COMMAND, cwd=ROOT, env=environment, stdout=log, stderr=log)
        return self

    def __exit__(self, *_: object) -> None:
        """End the build, which ends its own tools, if it still runs. A background job of a shell ignores SIGINT."""
        if self.is_running:
            self._process.terminate()
            self._process.wait(STOPS_WITHIN_SECONDS)

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def wait(self) -> None:
        """Wait for the end of the build. Raises LocalStackError with the end of its output."""
        if self._process.wait():
            said = "\n".join(self._log.read_text(errors="replace").splitlines()[-10:])
            raise LocalStackError(
                "The console could not be built; everything else is up. Repair what npm or the compiler says, then run "
                f"`make up` again:\n{said}"
            )


def publish(instance: Instance, bucket: str) -> None:
    """Put the built files into the bucket, and addresses of this machine into the settings that were deployed."""
    s3 = emulator_process.client(instance, "s3")
    site.write_settings(s3, bucket, site.read_settings(s3, bucket), issuer_origin=instance.aws_url)
    site.publish(s3, bucket, FOLDER)
