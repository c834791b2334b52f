"""systemd: notifications of a service (sd_notify(3)), and the unit of the agent."""

import os
import shlex
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Final

UNIT_NAME: Final = "foveal-agent.service"
UNIT_PATH: Final = Path("/etc/systemd/system") / UNIT_NAME
WATCHDOG_SECONDS: Final = 60


def notify(message: str) -> bool:
    """Send a message such as `READY=1` to systemd; return whether there is a receiver."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return False
    if address.startswith("@"):  # an abstract socket (unix(7))
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        sender.sendto(message.encode(), address)
    return True


def unit(program: Sequence[str], config: Path, folders: Sequence[Path], secret: Path | None) -> str:
    """Return the unit file of the agent.

    Args:
        program: Command that starts `foveal`.
        config: The settings file.
        folders: Watched folders, which the service may write to, because it moves files out of them.
        secret: File with the client secret, which only systemd has to be able to read.
    """
    return _UNIT.format(
        command=shlex.join([*program, "agent", "run", "--config", str(config)]),
        config=config,
        folders="\n".join(f"ReadWritePaths=-{_escaped(folder)}" for folder in folders),
        secret=f"LoadCredential=client_secret:{secret}" if secret else "# LoadCredential=client_secret:/path",
        watchdog=WATCHDOG_SECONDS,
    )


def _escaped(path: Path) -> str:
    """Return a path as systemd reads it: `%` begins a specifier."""
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%") + '"'


_UNIT: Final[str] = """\
[Unit]
Description=Foveal device agent: uploads pictures and videos of watched folders
Documentation=https://github.com/foveal/foveal/blob/main/docs/agent.md
Wants=network-online.target
After=network-online.target time-sync.target local-fs.target
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
ExecStart={command}
Restart=always
RestartSec=5
WatchdogSec={watchdog}
TimeoutStopSec=60

# A user of its own, which exists while the service runs. Folders that are watched must be writable for its group:
# add them to SupplementaryGroups= in a drop-in (systemctl edit foveal-agent).
DynamicUser=yes
StateDirectory=foveal-agent
StateDirectoryMode=0700
RuntimeDirectory=foveal-agent
RuntimeDirectoryMode=0750
UMask=0007
{secret}
{folders}

MemoryMax=256M
MemoryHigh=128M
TasksMax=64
Nice=10
IOSchedulingClass=idle

NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
PrivateUsers=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProcSubset=pid
RemoveIPC=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
CapabilityBoundingSet=
AmbientCapabilities=
DevicePolicy=closed

[Install]
WantedBy=multi-user.target
"""
