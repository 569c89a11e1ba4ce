"""Has promtool relabel what Kubernetes would say of an agent's pod, as each shipped scrape configuration does.

scraping.py HELM REPOSITORY; prints TAP, and ends with status 1 where a check failed.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

HELM, REPOSITORY = sys.argv[1], pathlib.Path(sys.argv[2])
failures = 0

AGENT = {
    "__meta_kubernetes_namespace": "fovea",
    "__meta_kubernetes_pod_name": "fovea-linux-x7k2p",
    "__meta_kubernetes_pod_node_name": "node-a",
    "__meta_kubernetes_pod_phase": "Running",
    "__meta_kubernetes_pod_ready": "true",
    "__meta_kubernetes_pod_container_name": "fovea",
    "__meta_kubernetes_pod_container_port_name": "metrics",
    "__meta_kubernetes_pod_annotation_prometheus_io_scrape": "true",
    "__meta_kubernetes_pod_label_app_kubernetes_io_name": "fovea",
    "__meta_kubernetes_pod_labelpresent_app_kubernetes_io_name": "true",
}
# What the operator puts before a monitor's own relabelings.
OPERATOR = [
    {"source_labels": ["__meta_kubernetes_namespace"], "target_label": "namespace"},
    {"source_labels": ["__meta_kubernetes_pod_container_name"], "target_label": "container"},
    {"source_labels": ["__meta_kubernetes_pod_name"], "target_label": "pod"},
    {"target_label": "job", "replacement": "fovea/any-name"},
    {"target_label": "endpoint", "replacement": "metrics"},
]
OF_SERVICES = [{"target_label": "service", "replacement": "any-name"}]


def check(claim, expected, got):
    global failures
    print(f"ok - {claim}" if expected == got else f"not ok - {claim}: {got} and not {expected}")
    failures += expected != got


def labels(relabelings, *changes):
    """Those of the targets that it makes of the agent's pod with each of the changes; None where it is dropped."""
    pods = [AGENT | change for change in changes]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "pods.json").write_text(json.dumps(
            [{"targets": ["10.0.0.7:10093"], "labels": pod} for pod in pods]))
        (folder / "prometheus.yml").write_text(yaml.safe_dump({"scrape_configs": [{
            "job_name": "fovea", "relabel_configs": relabelings,
            "file_sd_configs": [{"files": [str(folder / "pods.json")]}]}]}))
        # It looks for as long as the timeout says.
        result = subprocess.run(
            ["promtool", "check", "service-discovery", "--timeout=3s", folder / "prometheus.yml", "fovea"],
            capture_output=True, text=True)
    if result.returncode:
        return [result.stderr] * len(pods)
    made = {}
    for target in json.loads(result.stdout[result.stdout.index("["):]):
        kept = target.get("labels") or {}
        found = {name: value for name, value in target["discoveredLabels"].items() if name.startswith("__meta_kubernetes")}
        made[json.dumps(found, sort_keys=True)] = {
            name: value for name, value in kept.items() if not name.startswith("__") or name == "__scheme__"} or None
    return [made.get(json.dumps(pod, sort_keys=True), "not found") for pod in pods]


def snake(relabeling):
    return {re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), key): value for key, value in relabeling.items()}


SAMPLE = (REPOSITORY / "deploy/prometheus/prometheus.yml").read_text()


def check_sample():
    """As it is, and with what stands in comments for TLS and tokens; Debian's Prometheus knows no Kubernetes to discover."""
    whole = re.sub(r"^(    )# ((?: {2})?\w+:.*)$", r"\1\2", SAMPLE, flags=re.M)
    for claim, text, expected in [("as it is", SAMPLE, set()),
                                  ("with what is commented out", whole, {"tls_config", "authorization"})]:
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            for name in [*re.findall(r"/etc/prometheus/(\S+)", text), "rules/fovea.yaml"]:
                (folder / name).parent.mkdir(exist_ok=True)
                (folder / name).write_text((REPOSITORY / "deploy/chart" / name).read_text() if "rules" in name else "")
            configuration = yaml.safe_load(text.replace("/etc/prometheus", str(folder)))
            job, = configuration["scrape_configs"]
            job["file_sd_configs"] = [{"files": ["pods.json"]} for _ in job.pop("kubernetes_sd_configs")]
            (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration))
            result = subprocess.run(["promtool", "check", "config", folder / "prometheus.yml"], capture_output=True, text=True)
        check(f"promtool takes the sample {claim}", (0, expected),
              (result.returncode and result.stdout + result.stderr, job.keys() & {"tls_config", "authorization"}))


check_sample()
annotated, = yaml.safe_load(SAMPLE)["scrape_configs"]
target = {"job": "fovea", "instance": "node-a", "cluster": "my-cluster", "__scheme__": "http"}
scraped, secure, unwanted, ended = labels(
    annotated["relabel_configs"], {}, {"__meta_kubernetes_pod_annotation_prometheus_io_scheme": "https"},
    {"__meta_kubernetes_pod_annotation_prometheus_io_scrape": "false"}, {"__meta_kubernetes_pod_phase": "Failed"})
check("by annotations an agent's target is its node and cluster", target, scraped)
check("one that serves by TLS is asked so", target | {"__scheme__": "https"}, secure)
check("a pod that says no is not scraped", None, unwanted)
check("an ended pod is not scraped", None, ended)
check("series keep whose they are", True, annotated["honor_labels"])

for kind, value, place, before in [("PodMonitor", "podMonitor", "podMetricsEndpoints", OPERATOR),
                                   ("ServiceMonitor", "serviceMonitor", "endpoints", OPERATOR + OF_SERVICES)]:
    rendered = subprocess.run(
        [HELM, "template", "any-name", REPOSITORY / "deploy/chart", "--set", "image.repository=example/fovea",
         "--set", f"monitoring.{value}.enabled=true,monitoring.{value}.cluster=my-cluster"],
        capture_output=True, text=True, check=True)
    monitor, = [one for one in yaml.safe_load_all(rendered.stdout) if one and one["kind"] == kind]
    endpoint, = monitor["spec"][place]
    check(f"by the {kind} an agent's target is its node and cluster", target,
          *labels(before + [snake(one) for one in endpoint["relabelings"]], {}))
    check(f"series keep whose they are by the {kind} too", True, endpoint["honorLabels"])
sys.exit(failures > 0)
