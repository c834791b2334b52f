"""The process behind all local addresses: MiniStack's ASGI app, our edge in front, state kept on disk.

python -m local.emulator.server       (started by `make up`; reads FOVEAL_STATE and the ports, see local/instance.py)
"""

import asyncio
import logging
import os
import resource
import signal
import sys

from local.instance import ACCOUNT, LOOPBACK, REGION, Instance, LocalStackError


def configure(instance: Instance) -> None:
    """Set the environment that MiniStack reads at its import, and that of the functions that it starts."""
    temporary = instance.state / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    no_proxy = [os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or "", LOOPBACK, "localhost"]
    os.environ |= {
        "AUTH": "true",  # signatures, IAM and bucket policies are enforced
        "GATEWAY_PORT": str(instance.aws_port),
        "MINISTACK_HOST": "localhost",
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "PERSIST_STATE": "1",
        "STATE_DIR": str(instance.state / "aws"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(instance.state / "s3"),
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "DOCKER_HOST": f"unix://{instance.state}/no-docker",  # MiniStack would look for containers of its own to remove
        "TMPDIR": str(temporary),
        "LOG_LEVEL": os.environ.get("FOVEAL_EMULATOR_LOG_LEVEL", "WARNING"),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "FOVEAL_CDN_URL": instance.cdn_url,
        "FOVEAL_ISSUER_ORIGIN": instance.aws_url,
        "NO_PROXY": ",".join(filter(None, no_proxy)),
        "no_proxy": ",".join(filter(None, no_proxy)),
    }
    for name in ("USE_SSL", "AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_SESSION_TOKEN", "PYTHONDONTWRITEBYTECODE"):
        os.environ.pop(name, None)


async def run(instance: Instance) -> None:
    """Serve until SIGTERM or SIGINT."""
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack import app as ministack

    from local import ministack_patches
    from local.emulator.autosave import Autosave
    from local.emulator.edge import Edge
    from local.ministack_patches import check

    check.check()
    ministack_patches.install()
    config = Config()
    config.bind = [f"{LOOPBACK}:{port}" for port in (instance.aws_port, instance.api_port, instance.cdn_port)]
    config.keep_alive_timeout = 75
    config.keep_alive_max_requests = 1_000_000  # one that closes amid a run of uploads looks like a fault
    config.loglevel = "WARNING"
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    autosave = Autosave(ministack)
    saver = asyncio.create_task(autosave.run())
    await serve(Edge(ministack.app, instance, autosave), config, shutdown_trigger=stop.wait)
    saver.cancel()


def main() -> None:
    instance = Instance.from_environment()
    configure(instance)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65_536), most))
    try:
        asyncio.run(run(instance))
    except LocalStackError as error:
        sys.exit(str(error))
    from ministack.core import lambda_runtime

    lambda_runtime.reset()
    sys.stdout.flush()
    os._exit(0)  # a thread that waits for a custom resource would hold the process; the state is saved


if __name__ == "__main__":
    main()
