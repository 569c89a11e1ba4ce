"""kubectl fovea as kubectl runs it, and on a terminal: plugin.py KUBECTL FOVEA PLUGIN REPOSITORY.

In a network namespace of its own. The agent is a replayed node, so nothing of this machine is in it.
"""

import concurrent.futures
import json
import os
import pathlib
import pty
import select
import signal
import socket
import subprocess
import sys
import time

import yaml

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


def check_outputs():
    """Each command in each form, of one agent by its address."""
    for words in [("status",), ("drops",), *(("top", scope) for scope in ("nodes", "namespaces", "workloads", "pods"))]:
        base = [PLUGIN, *words, "--address", ADDRESS, *([] if words == ("status",) else ["--interval", "0.1"])]
        name = " ".join(words)
        forms = ("table", "wide", "json", "yaml")
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            said = dict(zip(forms, pool.map(lambda form: subprocess.run([*base, "-o", form], capture_output=True, text=True), forms)))
        check(f"{name}: each form ends with 0 and says nothing else", [one for one in said.values() if one.returncode or one.stderr])
        # Numbers are of readings of their own; whose they are is the same.
        documents = [json.loads(said["json"].stdout), yaml.safe_load(said["yaml"].stdout)]
        check(f"{name}: YAML says the same as JSON", None if shape(documents[0]) == shape(documents[1]) else documents)
        lines = {form: said[form].stdout.splitlines() for form in ("table", "wide")}
        check(f"{name}: tables have a line for each item, and wide ones no fewer columns", None
              if all(len(text) > 1 for text in lines.values()) and len(lines["wide"][0].split()) >= len(lines["table"][0].split())
              else lines)


def shape(value):
    """Without what is counted."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(one) for one in value]
    return None if isinstance(value, (int, float)) else value


def check_interrupted():
    """Of an agent that takes the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        for words in ("status",), ("top", "pods"), ("drops",):
            process = subprocess.Popen([PLUGIN, *words, "--address", address], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            connection, _ = silent.accept()
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=60)
            connection.close()
            check(f"{' '.join(words)} that waits for an agent ends when interrupted", None if process.returncode == -signal.SIGINT
                  and said == (b"", b"") else (process.returncode, said))


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
    check_outputs()
    check_interrupted()
    check_watch()
    ended = scene.end(agent, signal.SIGINT)
    check("an agent that is interrupted ends with 0", None if ended == 0 else f"{ended}: {scene.log('agent')}")
sys.exit(world.failures > 0)
