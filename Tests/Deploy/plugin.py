"""kubectl fovea as kubectl runs it, and on a terminal: plugin.py KUBECTL FOVEA PLUGIN REPOSITORY.

In a network namespace of its own. The agent is a replayed node, so nothing of this machine is in it.
"""

import os
import pathlib
import pty
import select
import signal
import subprocess
import sys
import time

import world
from world import check, status, until

KUBECTL, FOVEA, PLUGIN, REPOSITORY = map(pathlib.Path, sys.argv[1:])
ADDRESS = "127.0.0.1:10093"
CLEAR = b"\x1b[H\x1b[2J"


def kubectl(*arguments):
    """By the folder that `install` would have filled."""
    return subprocess.run([KUBECTL, *arguments], capture_output=True, text=True, timeout=60)


def check_completion():
    for words, expected in {
        ("st",): {"status"},
        ("top", ""): {"nodes", "namespaces", "workloads", "pods"},
        ("top", "pods", "--so"): {"--sort"},
        ("status", "-o", ""): {"table", "wide", "json", "yaml"},
        ("status", "--address", ""): set(),
    }.items():
        lines = kubectl("__complete", "fovea", *words).stdout.splitlines()
        said = (set(lines[:-1]) - {""}, lines[-1:])
        claim = " ".join(["kubectl fovea", *words]).rstrip()
        check(f"kubectl completes: {claim} ...", None if said == (expected, [":4"]) else said)


def check_through_kubectl():
    result = kubectl("fovea", "status", "--address", ADDRESS)
    check("kubectl fovea asks an agent", None if result.returncode == 0 and ADDRESS in result.stdout else result)
    result = kubectl("fovea", "top", "nodes", "-n", "shop", "--address", ADDRESS)
    check("kubectl hands on the status of wrong arguments", None if result.returncode == 2 else result)


def check_watch():
    """On a pseudo-terminal of its own session, where Ctrl-C is a byte that its driver turns into a signal."""
    process, terminal = pty.fork()
    if process == 0:
        os.execv(PLUGIN, ["kubectl-fovea", "top", "nodes", "--watch", "--interval", "0.2", "--address", ADDRESS])
    shown = b""
    end = time.monotonic() + 60
    while shown.count(CLEAR) < 3 and time.monotonic() < end:
        if select.select([terminal], [], [], 1)[0]:
            shown += os.read(terminal, 65536)
    frames = shown.split(CLEAR)
    check("top --watch draws anew, from the top", None if len(frames) >= 4 and all(b"NODE" in frame for frame in frames[1:3]) else shown)
    os.write(terminal, b"\x03")
    ended = until(lambda: ending(process), seconds=30)
    if not ended:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
    check("Ctrl-C ends it as the signal does", None if ended and os.WIFSIGNALED(ended[0]) and
          os.WTERMSIG(ended[0]) == signal.SIGINT else ended)
    os.close(terminal)


def ending(process):
    """Its status in a list; false while it runs."""
    pid, status = os.waitpid(process, os.WNOHANG)
    return [status] if pid else False


with world.World() as scene:
    for path in PLUGIN, REPOSITORY / "deploy/kubectl/kubectl_complete-fovea":
        (scene.folder / path.name).symlink_to(path.resolve())
    os.environ["PATH"] = f"{scene.folder}:{os.environ['PATH']}"
    # kubectl keeps nothing of this user's, and asks no cluster.
    os.environ.update(HOME=str(scene.folder), KUBECONFIG=str(scene.folder / "none"))
    check_completion()
    node = REPOSITORY / "Tests/Fixtures/windows/server2022-calico-30-pods"
    agent = scene.start("agent", FOVEA, "agent", "--replay", node, "--set", f"state-directory={scene.folder}/state")
    ready = until(lambda: status(f"http://{ADDRESS}/readyz") == 200, agent)
    check("a replayed node is served", None if ready else scene.log("agent"))
    check_through_kubectl()
    check_watch()
sys.exit(world.failures > 0)
