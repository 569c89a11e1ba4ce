"""Every panel of every dashboard, and every recorded rule, has data where there is something to show.

panels.py FOLDER REPOSITORY, FOLDER being where fovea and traffic are, as root in a network and mount namespace of its
own; prints TAP. Of a world with traffic and troubles (observed.py) Prometheus is asked until each query has a number.
"""

import json
import math
import pathlib
import re
import subprocess
import sys
import time

import observed
import world
from world import check, query, until

FOLDER, REPOSITORY = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()

# What has no data here, by reason. One that has is a failure: then it is no longer to be listed.
WITHOUT_DATA = {
    "nothing runs full here: there is room for every connection, and for every series": [
        "agent / TCP packets of connections without room",
        "agent / Series folded into others"],
    "veth has no counter of errors that is not nought": [
        "node / Drivers' own counters of errors"],
    "a recording says the same at each scrape, so that between two nothing is answered": [
        "windows / Latency, of which a hundredth is above"],
}
# What this machine's kernel is set to, which is not the test's to change.
OF_THE_MACHINE = {"agent / Time in programs, with kernel.bpf_stats_enabled"}


def panels():
    """Queries by dashboard and panel, as Grafana asks for everything; the same title may be there twice."""
    for file in sorted((REPOSITORY / "deploy/chart/dashboards").glob("*.json")):
        for panel in json.loads(file.read_text())["panels"]:
            for target in panel.get("targets", []):
                expression = target["expr"].replace("$__rate_interval", "15s")
                yield f"{file.stem} / {panel['title']}", re.sub(r"\$\w+", ".*", expression)
    rules = (REPOSITORY / "deploy/chart/rules/fovea.yaml").read_text()
    for name in re.findall(r"record: (\S+)", rules):
        yield f"rules / {name}", name


def has_data(expression):
    """Rates of nothing are no numbers where they are divided."""
    return any(math.isfinite(value) for _, value in query(expression))


def check_panels():
    found = set(panels())
    listed = {title for titles in WITHOUT_DATA.values() for title in titles}
    if unknown := (listed | OF_THE_MACHINE) - {title for title, _ in found}:
        check("what is listed is there", unknown)
    empty = {(title, expression) for title, expression in found if title not in listed | OF_THE_MACHINE}

    def all_have_data():
        empty.difference_update([one for one in sorted(empty) if has_data(one[1])])
        return not empty

    began = time.monotonic()
    until(all_have_data, seconds=90)
    print(f"# {len(found)} queries, {time.monotonic() - began:.0f} s until those that should have data had it")
    for place in sorted({title.split(" / ")[0] for title, _ in found}):
        missing = sorted(one for one in empty if one[0].startswith(f"{place} / "))
        check(f"{place}: every panel that is not listed has data", missing and "\n#   ".join(map(": ".join, missing)))
    filled = [title for title, expression in sorted(found) if title in listed and has_data(expression)]
    check("what is listed as without data has none", filled)


def check_flows():
    """As kubectl's plugin has them of the agent; policies deny what the demo's errands try in vain."""
    def denied():
        answer = subprocess.run(
            [FOLDER / "kubectl-fovea", "drops", "--flows", "--denied", "-n", "shop", "--address",
             f"127.0.0.1:{observed.LINUX}", "-o", "json"], capture_output=True, text=True, timeout=60)
        flows = [item["flow"] for item in json.loads(answer.stdout)["items"]] if answer.returncode == 0 else []
        return {(flow["lost"], flow["reason"], flow["client"]["workload"], flow["server"]["workload"], flow["port"])
                for flow in flows if flow["policy"]["policies"] == ["store-ingress"]}

    expected = {("connections", "refused", "front", "store", 6999), ("packets", "netfilter_drop", "front", "store", 9996)}
    check("kubectl fovea drops --flows has what policies deny", None if until(lambda: expected <= denied(), seconds=30)
          else denied())


if __name__ == "__main__":
    with world.World() as scene:
        observed.start(scene, FOLDER, REPOSITORY)
        check_panels()
        check_flows()
        if world.failures:
            for name in ("demo", "windows", "errands client", "errands server"):
                print(f"# {name}:", *scene.log(name).splitlines(), sep="\n#   ")
    sys.exit(world.failures > 0)
