"""Holds every query of the dashboards against the catalogue, and writes them as rules for promtool to read.

dashboards.py REPOSITORY; rules go to standard output, TAP to standard error; status 1 where a check failed.
"""

import json
import pathlib
import re
import sys

import yaml

from promql import Catalogue

repository = pathlib.Path(sys.argv[1])
catalogue = Catalogue(repository)
problems = []
rules = []
for file in sorted((repository / "deploy/chart/dashboards").glob("*.json")):
    dashboard = json.loads(file.read_text())
    variables = {variable["name"] for variable in dashboard["templating"]["list"]}
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            series, label = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]).groups()
            name = re.match(r"\w+", series)[0]
            problems += [f"{file.name} {variable['name']}: {problem}" for problem in catalogue.problems(series)]
            if label not in catalogue.labels(name).keys() | {"cluster", "instance"}:
                problems.append(f"{file.name} {variable['name']}: {name} has no label {label}")
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            expression = target["expr"]
            place = f"{file.name} {panel['title']}"
            problems += [f"{place}: {problem}" for problem in catalogue.problems(expression)]
            unknown = set(re.findall(r"\$(\w+)", expression)) - variables - {"__rate_interval"}
            problems += [f"{place}: no variable {name}" for name in unknown]
            rules.append({"record": f"query:{len(rules)}", "expr": expression.replace("$__rate_interval", "5m")})
yaml.safe_dump({"groups": [{"name": "dashboards", "rules": rules}]}, sys.stdout)
claim = f"{len(rules)} queries of dashboards name what is in the catalogue, and nothing else"
print(f"not ok - {claim}: {'; '.join(problems)}" if problems else f"ok - {claim}", file=sys.stderr)
sys.exit(bool(problems) or not rules)
