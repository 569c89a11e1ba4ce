"""Holds PromQL against the catalogue, by way of docs/metrics.md, which is generated from it."""

import pathlib
import re

# Of the scrape configuration, and of Prometheus itself.
OF_THE_TARGET = {"cluster", "instance", "job"}


class Catalogue:
    def __init__(self, repository: pathlib.Path):
        text = (repository / "docs/metrics.md").read_text()
        # By name: labels, and of those that are a closed set the values.
        self.metrics = {}
        self.kinds = {}
        for section in text.split("\n## ")[1:]:
            name = section.split("`")[1]
            self.kinds[name] = re.search(r"^- (\w+), ", section, re.M)[1]
            line = re.search(r"^- labels: (.*)$", section, re.M)
            labels = {}
            for label, values in re.findall(r"`(\w+)`(?: \(([^)]*)\))?", line[1] if line else ""):
                labels[label] = set(re.findall(r"`([^`]*)`", values)) if values else None
            self.metrics[name] = labels

    def add_recorded(self, name, labels):
        self.metrics[name] = dict.fromkeys(labels)
        self.kinds[name] = "recorded"

    def labels(self, name):
        """None where there is no such metric."""
        if name in self.metrics and self.kinds[name] != "histogram":
            return self.metrics[name]
        base, _, suffix = name.rpartition("_")
        if suffix in ("bucket", "sum", "count") and self.kinds.get(base) == "histogram":
            return self.metrics[base] | ({"le": None} if suffix == "bucket" else {})
        return {} if name == "up" else None

    def problems(self, expression):
        """Names, labels and closed values of an expression that the catalogue does not have."""
        used = set(OF_THE_TARGET)
        metrics = re.findall(r"\b((?:\w+:)?fovea_\w+(?::\w+)?|up)\b(?:\{([^}]*)\})?", re.sub(r'"[^"]*"', _keep, expression))
        if not metrics:
            yield "no metric of ours"
        for name, matchers in metrics:
            labels = self.labels(name)
            if labels is None:
                yield f"no metric {name}"
                continue
            used |= labels.keys()
            for label, operator, value in re.findall(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"', matchers):
                if label not in labels.keys() | OF_THE_TARGET:
                    yield f"{name} has no label {label}"
                elif labels.get(label) and "$" not in value:
                    unknown = set(value.split("|") if "~" in operator else [value]) - labels[label] - {"", ".+", ".*"}
                    if unknown:
                        yield f"{label} of {name} is never {sorted(unknown)}"
        for grouping in re.findall(r"\b(?:by|on|without|ignoring|group_left|group_right)\s*\(([^)]*)\)", expression):
            for label in filter(None, re.split(r"[\s,]+", grouping)):
                if label not in used:
                    yield f"no metric of it has the label {label}"

    def unknown_names(self, text):
        """Metrics that prose names and that do not exist; `fovea_node_…` stands for many."""
        for name in re.findall(r"(?:\b\w+:)?\bfovea_[a-z0-9_]+(?::\w+)?(?![a-z0-9_…*])", text):
            if not name.endswith("_") and self.labels(name) is None and name not in self.metrics:
                yield name


def _keep(match):
    """Braces within a quoted value would end the selector."""
    return match[0].replace("{", "").replace("}", "")
