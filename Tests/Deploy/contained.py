"""Runs a program as a container runtime would: contained.py ROOT CAPABILITIES PROGRAM [ARGUMENT...]

ROOT becomes the root file system, CAPABILITIES (names with commas) are all that root may have in it, and no
program may gain more. For a mount namespace of its own: unshare --mount python3 contained.py …
"""

import ctypes
import os
import sys

# Numbers of linux/capability.h and linux/prctl.h.
CAPABILITIES = {"NET_ADMIN": 12, "SYS_ADMIN": 21, "SYS_RESOURCE": 24, "SYSLOG": 34, "PERFMON": 38, "BPF": 39}
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38

root, names, program = sys.argv[1], sys.argv[2].split(","), sys.argv[3]
kept = {CAPABILITIES[name] for name in names}
libc = ctypes.CDLL(None, use_errno=True)


def prctl(option: int, value: int) -> None:
    if libc.prctl(option, value, 0, 0, 0) != 0:
        sys.exit(f"contained.py: prctl {option} {value}: {os.strerror(ctypes.get_errno())}")


os.chroot(root)
os.chdir("/")
last = int(open("/proc/sys/kernel/cap_last_cap").read())
for capability in range(last + 1):
    if capability not in kept:
        prctl(PR_CAPBSET_DROP, capability)
prctl(PR_SET_NO_NEW_PRIVS, 1)
os.execv(program, sys.argv[3:])
