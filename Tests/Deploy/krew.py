"""Packs kubectl fovea for krew, holds the manifest against krew's rules, and installs by it as krew would.

krew.py PLUGIN REPOSITORY; prints TAP, and ends with status 1 where a check failed.
"""

import copy
import hashlib
import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile

import yaml

PLUGIN, REPOSITORY = map(pathlib.Path, sys.argv[1:])
# Names of architectures as krew has them.
ARCH = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
# What krew installs on (cmd/validate-krew-manifest/main.go).
PLATFORMS = [(system, arch) for system, names in {
    "windows": "386 amd64 arm64", "linux": "386 amd64 arm arm64 ppc64le", "darwin": "386 amd64 arm64"}.items()
    for arch in names.split()]
failures = 0


def check(claim, problems=None):
    global failures
    print(f"not ok - {claim}: {problems}" if problems else f"ok - {claim}", flush=True)
    failures += bool(problems)


def selects(selector, system, arch):
    labels = {"os": system, "arch": arch}
    if any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        return False
    holds = {"In": lambda value, values: value in values, "NotIn": lambda value, values: value not in values}
    return all(holds[one["operator"]](labels.get(one["key"]), one["values"]) for one in selector.get("matchExpressions", []))


def problems(name, manifest):
    """By krew's internal/index/validation/validate.go and cmd/validate-krew-manifest/main.go, of version 0.4.5 and later."""
    spec = manifest.get("spec", {})
    short = spec.get("shortDescription", "")
    number = r"(0|[1-9]\d*)"
    if manifest.get("apiVersion") != "krew.googlecontainertools.github.com/v1alpha2" or manifest.get("kind") != "Plugin":
        yield "it is no plugin of krew's"
    if not re.fullmatch(r"[\w-]+", name, re.A) or manifest.get("metadata", {}).get("name") != name:
        yield "the plugin has another name than the file"
    if not short or re.search(r"[\r\n]", short):
        yield "the short description is not one line"
    if not re.fullmatch(rf"v{number}\.{number}\.{number}(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?", spec.get("version", "")):
        yield "the version is none"
    platforms = spec.get("platforms", [])
    if not platforms:
        yield "no platform"
    for one in platforms:
        if not one.get("uri") or not one.get("bin") or not re.fullmatch("[a-f0-9]{64}", str(one.get("sha256", ""))):
            yield f"no uri, bin or sha256: {one}"
        if "files" in one and (not one["files"] or any(not file.get("from") or not file.get("to") for file in one["files"])):
            yield f"files without from or to: {one}"
        selector = one.get("selector") or {}
        keys = {*selector.get("matchLabels", {}), *(term["key"] for term in selector.get("matchExpressions", []))}
        if not keys or keys - {"os", "arch"}:
            yield f"a selector of nothing, or not of os and arch: {one}"
        elif not any(selects(selector, *place) for place in PLATFORMS):
            yield f"no platform that krew knows: {one}"
    for place in PLATFORMS:
        if sum(selects(one.get("selector") or {"matchLabels": {"os": ""}}, *place) for one in platforms) > 1:
            yield f"more than one platform for {place}"
    # Not of krew's rules: it lets unknown keys pass.
    known = {"version", "homepage", "shortDescription", "description", "caveats", "platforms"}
    if extra := (spec.keys() - known) | {key for one in platforms for key in one.keys() - {"selector", "uri", "sha256", "bin", "files"}}:
        yield f"keys that krew does not have: {extra}"


def pack(folder, *arguments, **environment):
    return subprocess.run(
        [REPOSITORY / "deploy/kubectl/package.sh", "--url", "https://example.org/v1/", "--homepage", "https://example.org",
         "--to", folder, *arguments], capture_output=True, text=True,
        env=os.environ | {"SOURCE_DATE_EPOCH": "1700000000"} | environment)


def refused(manifest):
    """That each rule bites."""
    for path, value in [
        (["metadata", "name"], "other"), (["spec", "version"], "0.1.0"), (["spec", "version"], "v0.01.0"),
        (["spec", "shortDescription"], "two\nlines"), (["spec", "platforms"], []), (["spec", "platforms", 0, "bin"], ""),
        (["spec", "platforms", 0, "sha256"], "SHA256"), (["spec", "platforms", 0, "selector"], {}),
        (["spec", "platforms", 0, "selector", "matchLabels"], {"os": "linux", "libc": "gnu"}),
        (["spec", "platforms", 0, "selector", "matchLabels"], {"os": "plan9"}),
        (["spec", "platforms"], manifest["spec"]["platforms"] * 2), (["spec", "platforms", 0, "files"], []),
        (["spec", "short"], "x"),
    ]:
        changed = copy.deepcopy(manifest)
        place = changed
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value
        if not list(problems("fovea", changed)):
            yield f"{path} = {value}"


with tempfile.TemporaryDirectory() as work:
    work = pathlib.Path(work)
    results = [pack(work / name, f"{ARCH}={PLUGIN}") for name in ("one", "again")]
    check("kubectl fovea is packed", "".join(result.stderr for result in results))
    files = [{file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in (work / name).iterdir()}
             for name in ("one", "again")]
    check("packed twice, it is the same in every byte", None if len(files[0]) == 2 and files[0] == files[1] else files)
    manifest = yaml.safe_load((work / "one/fovea.yaml").read_text())
    check("krew takes the manifest", "; ".join(problems("fovea", manifest)))
    check("it would not take one with a mistake", "; ".join(refused(manifest)))
    target, = [one for one in manifest["spec"]["platforms"] if selects(one["selector"], "linux", ARCH)]
    archive = work / "one" / target["uri"].removeprefix("https://example.org/v1/")
    check("the manifest has the archive's sum", None if target["sha256"] == files[0].get(archive.name) else files)
    (work / "store").mkdir()
    subprocess.run(["tar", "-xzf", archive, "-C", work / "store"], check=True)
    (work / "kubectl-fovea").symlink_to(work / "store" / target["bin"])
    # A debug build has Swift's runtime beside it, by a path in itself.
    said = subprocess.run([work / "kubectl-fovea", "--version"], capture_output=True, text=True)
    check("what krew would install runs, and is of the manifest's version",
          None if f"v{said.stdout.strip()}" == manifest["spec"]["version"] else said)
    # The same program as one that says of itself that it is for the other architecture.
    other, number = ("arm64", 183) if ARCH == "amd64" else ("amd64", 62)
    text = bytearray(PLUGIN.read_bytes())
    text[18:20] = number.to_bytes(2, "little")
    (work / other).write_bytes(text)
    (work / other).chmod(0o755)
    both = pack(work / "both", f"{ARCH}={PLUGIN}", f"{other}={work / other}", STRIP="true")
    manifest = yaml.safe_load((work / "both/fovea.yaml").read_text())
    check("of two architectures it makes two platforms, each with an archive of its own", None if not both.returncode
          and not list(problems("fovea", manifest)) and len({one["sha256"] for one in manifest["spec"]["platforms"]}) == 2
          and len(list((work / "both").iterdir())) == 3 else both)
    result = pack(work / "wrong", f"{other}={PLUGIN}")
    check("a program is not packed as one of an architecture that it is not for", None if result.returncode == 1 else result)
sys.exit(failures > 0)
