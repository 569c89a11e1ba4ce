"""Checks the rules: against the catalogue, against their tests, and that each alert has its page.

rules.py REPOSITORY; prints TAP, and ends with status 1 where a check failed.
"""

import pathlib
import re
import sys

import yaml

from promql import Catalogue

repository = pathlib.Path(sys.argv[1])
catalogue = Catalogue(repository)
groups = yaml.safe_load((repository / "deploy/chart/rules/fovea.yaml").read_text())["groups"]
tests = yaml.safe_load((repository / "Tests/Deploy/rules.test.yaml").read_text())["tests"]
failures = 0


def check(claim, problems):
    global failures
    problems = list(problems)
    print(f"not ok - {claim}: {'; '.join(map(str, problems))}" if problems else f"ok - {claim}")
    failures += bool(problems)


rules = [rule for group in groups for rule in group["rules"]]
for rule in rules:
    if "record" in rule:
        # What the outermost sum keeps; a ratio of plain series keeps theirs.
        kept = re.match(r"\s*sum by \(([^)]*)\)", rule["expr"])
        catalogue.add_recorded(rule["record"], re.split(r",\s*", kept[1]) if kept else ["cluster", "instance"])
check(f"{len(rules)} rules name what is in the catalogue, and nothing else",
      (f"{rule.get('alert', rule.get('record'))}: {problem}" for rule in rules for problem in catalogue.problems(rule["expr"])))

alerts = {rule["alert"]: rule for rule in rules if "alert" in rule}
pages = {page.stem for page in (repository / "docs/runbooks").glob("*.md")}
check("every alert has a page, and every page an alert", alerts.keys() ^ pages)
check("every alert leads to its page",
      (name for name, rule in alerts.items() if rule["annotations"]["runbook"] != f"docs/runbooks/{name}.md"))
tested = {test["name"]: test for test in tests if "alert_rule_test" in test}
check("every alert has a test", alerts.keys() ^ tested.keys())
records = {rule["record"] for rule in rules if "record" in rule}
expected = {test["name"]: [one for one in test["promql_expr_test"] if one["expr"] == test["name"] and one["exp_samples"]]
            for test in tests if "promql_expr_test" in test}
check("every recorded rule has a test of what it records", records ^ {name for name, found in expected.items() if found})
# Series of the same metric that are there and raise nothing: who is in no expected alert.
check("every test has what fires, and what does not", (
    name for name, test in tested.items()
    for fires in [test["alert_rule_test"][0]["exp_alerts"]]
    if not fires or not any("good" in one["series"] for one in test["input_series"])))
check("tests are fed with series that the agent has", (
    f"{test['name']}: {problem}" for test in tests for one in test["input_series"]
    for problem in catalogue.problems(one["series"])))
check("severities are critical, warning or info",
      (name for name, rule in alerts.items() if rule["labels"]["severity"] not in ("critical", "warning", "info")))
prose = sorted((repository / "docs").glob("**/*.md"))
check("documentation names metrics that exist", (
    f"{page.relative_to(repository)}: {name}" for page in prose for name in catalogue.unknown_names(page.read_text())))
sys.exit(failures > 0)
