"""Reads the image recipes: that they say the same as the script that makes the root file system, and as the chart.

recipes.py REPOSITORY; prints TAP, and ends with status 1 where a check failed. image.sh makes the file system and runs the
agent in it; nothing here needs a container engine.
"""

import fnmatch
import json
import pathlib
import re
import shlex
import subprocess
import sys

import yaml

REPOSITORY = pathlib.Path(sys.argv[1])
LINUX, WINDOWS = REPOSITORY / "deploy/linux", REPOSITORY / "deploy/windows"
failures = 0


def check(claim, problem=None):
    global failures
    print(f"not ok - {claim}: {problem}" if problem else f"ok - {claim}")
    failures += bool(problem)


def stages(path):
    """A recipe's stages, each a list of pairs of instruction and text."""
    text = re.sub(r"^\s*#.*\n", "", path.read_text(), flags=re.M).replace("\\\n", " ")
    found = [[]]
    for line in filter(str.strip, text.splitlines()):
        word, _, rest = line.strip().partition(" ")
        if word == "FROM":
            found.append([])
        found[-1].append((word, rest.strip()))
    return found[1:]


def of(stage, word):
    return [rest for name, rest in stage if name == word]


def container(system):
    for document in yaml.safe_load_all((REPOSITORY / f"deploy/manifests/{system}.yaml").read_text()):
        if document["kind"] == "DaemonSet":
            return document["spec"]["template"]["spec"]["containers"][0]


def check_linux():
    build, image = stages(LINUX / "Dockerfile")
    run = " && ".join(of(build, "RUN"))
    check("the last stage begins with nothing", None if of(image, "FROM") == ["scratch"] else image)
    check("all that it has is what rootfs.sh made", None if [word for word, _ in image if word in ("COPY", "ADD", "RUN")] == ["COPY"]
          and of(image, "COPY") == ["--from=build /rootfs /"]
          and "deploy/linux/rootfs.sh --fovea .build/release/fovea --to /rootfs" in run else image)
    steps = subprocess.run(["make", "-n", "-C", REPOSITORY, "build"], capture_output=True, text=True).stdout
    check("the agent is built as `make build` does, with Swift's runtime in it", None
          if "make build" in run and re.search("swift build -c release .*--static-swift-stdlib", steps) else steps)
    check("times are of the sources, and so are the bytes", None if "SOURCE_DATE_EPOCH=0" in of(build, "ARG")
          and "SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH}" in of(build, "ENV")[0] else build)
    installed = set(shlex.split(re.search(r"apt-get install ([^&]*)", run)[1]))
    needed = {"make", "jq", "binutils", "ca-certificates"}
    check("what rootfs.sh needs is installed", None if needed <= installed else needed - installed)
    entry, = map(json.loads, of(image, "ENTRYPOINT"))
    agent = container("linux")
    check("the entry point is the program that the chart starts, without a shell", None if entry == agent["command"] else (entry, agent))
    arguments, = map(json.loads, of(image, "CMD"))
    check("without arguments it is the agent", None if arguments == agent["args"][:1] else arguments)
    mounts = {mount["mountPath"] for mount in agent["volumeMounts"]}
    made = re.search(r'mkdir -p "\$root"/\{(.*)\}', (LINUX / "rootfs.sh").read_text())[1].split(",")
    check("each place that the chart mounts at is there, in a root that cannot be written",
          {mount for mount in mounts if mount.strip("/") not in made})
    ignored = [line for line in (LINUX / "Dockerfile.dockerignore").read_text().splitlines() if line and line[0] != "#"]
    kept = [name for name in ("Package.swift", "Package.resolved", "Sources", "Tests", "bpf", "windows-stubs", "deploy", "Makefile")
            if any(fnmatch.fnmatch(name, pattern) for pattern in ignored)]
    check("what is built from is handed to the build", kept)
    check("what was built elsewhere, and history, are not", None if all(any(fnmatch.fnmatch(
        name, pattern) for pattern in ignored) for name in (".git", ".build", ".build-test")) else ignored)


def check_architectures():
    """What tells architectures apart tells both; all else names none."""
    both = {"amd64": "arm64", "x86_64": "aarch64", "X86-64": "AArch64", "x86": "arm64"}
    files = [LINUX / "Dockerfile", LINUX / "rootfs.sh", LINUX / "sbom.sh", REPOSITORY / "bpf/embed.sh", REPOSITORY / "deploy/kubectl/package.sh"]
    check("recipe and scripts are for arm64 wherever they are for amd64", "; ".join(
        f"{file.relative_to(REPOSITORY)}: {one} without {other}" for file in files for one, other in both.items()
        if re.search(rf"(?<![\w-]){one}(?!\w)", file.read_text()) and other not in file.read_text()))


def check_windows():
    image, = stages(WINDOWS / "Dockerfile")
    check("Windows: nothing is run in the image, so that it can be built on Linux",
          {word for word, _ in image} - {"FROM", "COPY", "ENV", "ENTRYPOINT", "CMD"})
    check("Windows: it is an image for HostProcess containers", None if "windows-host-process-containers-base-image" in of(image, "FROM")[0]
          else image)
    copied, = of(image, "COPY")
    check("Windows: all that it has is what was built", [name for name in copied.split()[:-1] if name not in ("*.exe", "*.dll")])
    entry, = map(json.loads, of(image, "ENTRYPOINT"))
    arguments, = map(json.loads, of(image, "CMD"))
    agent = container("windows")
    check("Windows: the entry point is the program that the chart starts, without a shell",
          None if entry == agent["command"] == ["fovea.exe"] else (entry, agent))
    check("Windows: without arguments it is the agent", None if arguments == agent["args"][:1] else arguments)


check_linux()
check_architectures()
check_windows()
sys.exit(failures > 0)
