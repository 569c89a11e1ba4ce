"""Holds values.yaml, its schema, the templates and the matrix of Tests/Deploy/values against each other.

knobs.py HELM; prints TAP, and ends with status 1 where a check failed.
"""

import base64
import concurrent.futures
import copy
import functools
import json
import pathlib
import re
import subprocess
import sys

import yaml

from helm import CHART, helm

HELM = sys.argv[1]
CASES = {path.stem: yaml.safe_load(path.read_text())
         for path in sorted((pathlib.Path(__file__).parent / "values").glob("*.yaml"))}
TEXT = (CHART / "values.yaml").read_text()
SCHEMA = json.loads((CHART / "values.schema.json").read_text())
# Of the schema and of no default: what a parent chart hands down, and what goes with one kind of a profile only.
WITHOUT_DEFAULT = {("global",), ("linux", "seccompProfile", "localhostProfile")}
failures = 0


def check(claim, problems):
    global failures
    problems = list(problems)
    print(f"not ok - {claim}: {'; '.join(map(str, problems))}" if problems else f"ok - {claim}", flush=True)
    failures += bool(problems)


def is_section(schema):
    """Not where keys are somebody else's: the agent's, Kubernetes' or the operator's."""
    return "properties" in schema and schema.get("additionalProperties") is False


def knobs(schema, path=()):
    """The paths of what can be set by itself."""
    for name, inner in schema["properties"].items():
        if is_section(inner):
            yield from knobs(inner, path + (name,))
        else:
            yield path + (name,)


def defaults(values, schema, path=()):
    """The paths of values.yaml, as deep as the schema goes."""
    for name, value in values.items():
        inner = schema.get("properties", {}).get(name, {})
        if is_section(inner) and value:
            yield from defaults(value, inner, path + (name,))
        elif is_section(inner):
            yield from knobs(inner, path + (name,))
        else:
            yield path + (name,)


def commented(text):
    """The paths of keys that have a comment above or behind them, or are in one run of lines with such a key."""
    path, above, depth = [], False, -1
    for line in text.splitlines():
        if re.match(r"\s*#", line):
            above, depth = True, line.index("#")
        elif key := re.match(r"( *)([\w-]+):", line):
            path = path[:len(key[1]) // 2] + [key[2]]
            if above and depth == len(key[1]) or " # " in line:
                yield tuple(path)
        elif not line:
            above = False


def has(values, path):
    return not path or isinstance(values, dict) and path[0] in values and has(values[path[0]], path[1:])


def without(values, path):
    """A copy that does not say anything of PATH."""
    values = copy.deepcopy(values)
    place = values
    for name in path[:-1]:
        place = place[name]
    del place[path[-1]]
    return values


@functools.cache
def outcome(text):
    """What Helm makes of values; of a certificate that it makes anew each time the day on which it ends."""
    result = helm(HELM, "template", yaml.safe_load(text))

    def end(match):
        said = subprocess.run(["openssl", "x509", "-noout", "-enddate"], input=base64.b64decode(match[1]),
                              capture_output=True, check=True)
        return re.sub(rb"\d+:\d+:\d+", b"", said.stdout).decode()

    text = re.sub(r"^  tls.key: .*$", "", result.stdout, flags=re.M)
    return result.stderr + re.sub(r"^  (?:ca|tls)\.crt: (.*)$", end, text, flags=re.M)


def is_read(path):
    """Whether a case that sets it comes out otherwise without it; those with little in them are asked first."""
    cases = sorted((values for values in CASES.values() if has(values, path)), key=lambda values: len(str(values)))
    return any(outcome(yaml.safe_dump(values)) != outcome(yaml.safe_dump(without(values, path))) for values in cases)


def named(paths):
    return sorted(".".join(path) for path in paths)


every = set(knobs(SCHEMA)) - WITHOUT_DEFAULT
given = set(defaults(yaml.safe_load(TEXT), SCHEMA))
check(f"the schema and values.yaml have the same {len(given)} keys", named(every ^ given))
explained = set(commented(TEXT))
check("values.yaml says of every key, or of its section, what it is for", named(
    path for path in given - explained if len(path) == 1 or path[:-1] not in explained))
used = {path for path in every if any(has(values, path) for values in CASES.values())}
check("every key is set by a case of Tests/Deploy/values", named(every - used))
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    unread = [path for path, read in zip(sorted(used), pool.map(is_read, sorted(used))) if not read]
check(f"each of {len(used)} keys makes a difference to the manifests", named(unread))
sys.exit(failures > 0)
