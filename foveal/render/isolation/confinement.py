"""A system call filter (seccomp) for the process of a drawing: no network, no files, no other processes.

A decoder that a hostile file has taken over can compute, allocate within its limits, and talk over the one socket that
it holds. Every call that would open, start, change or signal anything fails with EPERM. The filter cannot be taken off
again, and threads inherit it. Sources: seccomp(2), and Documentation/userspace-api/seccomp_filter.rst of Linux.
"""

import ctypes
import errno
import functools
import os
import platform
import struct
import sys
from collections.abc import Iterator
from typing import Final, NamedTuple

NETWORK: Final = (
    *("socket", "socketpair", "connect", "bind", "listen", "accept", "accept4"),
    *("io_uring_setup", "io_uring_enter", "io_uring_register"),  # its requests pass by a filter
)
FILES: Final = (
    *("open", "openat", "openat2", "creat", "open_by_handle_at", "mknod", "mknodat", "mkdir", "mkdirat", "rmdir"),
    *("unlink", "unlinkat", "rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "truncate"),
    *("chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "lchown", "fchown", "fchownat"),
    *("utime", "utimes", "futimesat", "utimensat", "setxattr", "lsetxattr", "removexattr", "lremovexattr"),
    *("shmget", "semget", "msgget", "mq_open"),
)
PROCESSES: Final = (
    *("fork", "vfork", "execve", "execveat", "setsid", "setpgid"),
    *("kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_open", "pidfd_send_signal"),
    *("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "pidfd_getfd", "kcmp"),
    *("setpriority", "ioprio_set", "sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr"),
)
KERNEL: Final = ("bpf", "perf_event_open", "userfaultfd", "keyctl", "add_key", "request_key", "unshare", "setns")
"""Interfaces of the kernel that no decoder needs, and in which faults were often found."""

# fmt: off
NUMBERS: Final[dict[str, tuple[int | None, int | None]]] = {
    "accept": (43, 202), "accept4": (288, 242), "add_key": (248, 217), "bind": (49, 200), "bpf": (321, 280),
    "chmod": (90, None), "chown": (92, None), "clone": (56, 220), "clone3": (435, 435), "connect": (42, 203),
    "creat": (85, None), "execve": (59, 221), "execveat": (322, 281), "fchmod": (91, 52), "fchmodat": (268, 53),
    "fchmodat2": (452, 452), "fchown": (93, 55), "fchownat": (260, 54), "fork": (57, None), "futimesat": (261, None),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "io_uring_setup": (425, 425),
    "ioprio_set": (251, 30), "kcmp": (312, 272), "keyctl": (250, 219), "kill": (62, 129), "lchown": (94, None),
    "link": (86, None), "linkat": (265, 37), "listen": (50, 201), "lremovexattr": (198, 15), "lsetxattr": (189, 6),
    "mkdir": (83, None), "mkdirat": (258, 34), "mknod": (133, None), "mknodat": (259, 33), "mq_open": (240, 180),
    "msgget": (68, 186), "open": (2, None), "open_by_handle_at": (304, 265), "openat": (257, 56),
    "openat2": (437, 437), "perf_event_open": (298, 241), "pidfd_getfd": (438, 438), "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424), "prlimit64": (302, 261), "process_madvise": (440, 440),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "ptrace": (101, 117), "removexattr": (197, 14),
    "rename": (82, None), "renameat": (264, 38), "renameat2": (316, 276), "request_key": (249, 218),
    "rmdir": (84, None), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "sched_setaffinity": (203, 122), "sched_setattr": (314, 274), "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119), "semget": (64, 190), "setns": (308, 268), "setpgid": (109, 154),
    "setpriority": (141, 140), "setsid": (112, 157), "setxattr": (188, 5), "shmget": (29, 194), "socket": (41, 198),
    "socketpair": (53, 199), "symlink": (88, None), "symlinkat": (266, 36), "tgkill": (234, 131), "tkill": (200, 130),
    "truncate": (76, 45), "unlink": (87, None), "unlinkat": (263, 35), "unshare": (272, 97),
    "userfaultfd": (323, 282), "utime": (132, None), "utimensat": (280, 88), "utimes": (235, None),
    "vfork": (58, None),
}
# fmt: on
"""The number of each call on x86_64 and on aarch64 (asm/unistd_64.h, asm-generic/unistd.h); None where it is not."""


class Machine(NamedTuple):
    """The AUDIT_ARCH value of an architecture (linux/audit.h), and its column of `NUMBERS`."""

    audit_arch: int
    column: int


MACHINES: Final = {"x86_64": Machine(0xC000003E, 0), "aarch64": Machine(0xC00000B7, 1)}
_X32_CALLS: Final = 0x40000000
_CLONE_THREAD: Final = 0x10000
_NUMBER, _ARCH, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # BPF_LD|W|ABS, BPF_JMP|…|K, BPF_RET|K
_ALLOW, _FAIL, _KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _MODE_FILTER = 22, 38, 2


@functools.cache
def is_available() -> bool:
    """Return whether the kernel takes filters from this process: asked with a null pointer it then answers EFAULT.

    The filter is made by this first call, before the server forks.
    """
    if sys.platform != "linux" or platform.machine() not in MACHINES:
        return False
    _instructions()
    return _prctl(_PR_SET_SECCOMP, _MODE_FILTER) == errno.EFAULT


def confine() -> None:
    """Install the filter in this process for good. Raises OSError where the kernel refuses it."""
    instructions = _instructions()
    held = ctypes.create_string_buffer(instructions, len(instructions))
    filter = struct.pack("@HP", len(instructions) // 8, ctypes.addressof(held))  # struct sock_fprog
    header = ctypes.create_string_buffer(filter, len(filter))
    if code := _prctl(_PR_SET_NO_NEW_PRIVS, 1) or _prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(header)):
        raise OSError(code, os.strerror(code))


@functools.cache
def _instructions() -> bytes:
    return b"".join(program(MACHINES[platform.machine()]))


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _prctl(option: int, first: int, second: int = 0) -> int:
    """Return the error number of a call of prctl(2), 0 for none."""
    function = _libc().prctl
    function.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    return ctypes.get_errno() if function(option, first, second, 0, 0) else 0


def program(machine: Machine) -> Iterator[bytes]:
    """Yield the instructions of the filter (linux/filter.h). Calls of another architecture end the process.

    `clone` may start threads alone. `clone3`, whose flags a filter cannot read, does not exist, so that the C library
    takes `clone`. `prlimit64` may name this process alone.
    """
    yield _instruction(_LOAD, _ARCH)
    yield _instruction(_EQUAL, machine.audit_arch, when=1)
    yield _instruction(_RETURN, _KILL_PROCESS)
    yield _instruction(_LOAD, _NUMBER)
    if machine.column == 0:
        yield from _returning(_AT_LEAST, _X32_CALLS, _KILL_PROCESS)
    for name in (*NETWORK, *FILES, *PROCESSES, *KERNEL):
        if (number := NUMBERS[name][machine.column]) is not None:
            yield from _returning(_EQUAL, number, _FAIL | errno.EPERM)
    yield from _returning(_EQUAL, NUMBERS["clone3"][machine.column], _FAIL | errno.ENOSYS)
    yield _instruction(_EQUAL, NUMBERS["clone"][machine.column], otherwise=4)
    yield _instruction(_LOAD, _FIRST_ARGUMENT)
    yield _instruction(_ANY_BIT, _CLONE_THREAD, when=1)
    yield _instruction(_RETURN, _FAIL | errno.EPERM)
    yield _instruction(_RETURN, _ALLOW)
    yield _instruction(_EQUAL, NUMBERS["prlimit64"][machine.column], otherwise=3)
    yield _instruction(_LOAD, _FIRST_ARGUMENT)
    yield _instruction(_EQUAL, 0, when=1)
    yield _instruction(_RETURN, _FAIL | errno.EPERM)
    yield _instruction(_RETURN, _ALLOW)


def _returning(test: int, value: int | None, result: int) -> Iterator[bytes]:
    """Yield the instructions that return a result where the loaded value passes a test."""
    yield _instruction(test, value, otherwise=1)
    yield _instruction(_RETURN, result)


def _instruction(code: int, value: int | None, *, when: int = 0, otherwise: int = 0) -> bytes:
    """Return one instruction; a test skips `when` instructions if it holds, and `otherwise` if not."""
    return struct.pack("=HBBI", code, when, otherwise, value)
