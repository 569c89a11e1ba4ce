"""The chart through real Helm, for the checks beside this file."""

import pathlib
import subprocess
import tempfile

import yaml

CHART = pathlib.Path(__file__).resolve().parents[2] / "deploy/chart"
IMAGE = {"repository": "registry.example:5000/fovea"}


def helm(program, verb, values, *arguments):
    """Values are a mapping; the image has a name unless they say otherwise."""
    values = values | {"image": IMAGE | values.get("image", {})}
    name = [] if verb == "lint" else ["fovea"]
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        yaml.safe_dump(values, file)
        file.flush()
        command = [program, verb, *name, CHART, "--namespace", "observed", "--values", file.name, *arguments]
        return subprocess.run([str(part) for part in command], capture_output=True, text=True)


def rendered(program, values, *arguments):
    """The manifests, and what is wrong where there are none."""
    result = helm(program, "template", values, *arguments)
    if result.returncode:
        return [], result.stderr.strip()
    return [document for document in yaml.safe_load_all(result.stdout) if document], None
