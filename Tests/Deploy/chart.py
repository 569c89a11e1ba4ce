"""Checks deploy/chart with real Helm, Kubernetes' own schemas and the agent's own reading of its configuration.

chart.py HELM FOVEA REPOSITORY; prints TAP, and ends with status 1 where a check failed.
"""

import collections
import functools
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import jsonschema
import kubernetes_validate
import kubernetes_validate.utils
import yaml

import helm
from helm import CHART

HELM, FOVEA, REPOSITORY = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
KUBERNETES = ["1.25", "1.31", "1.36"]
FOREIGN = yaml.safe_load((REPOSITORY / "Tests/Deploy/foreign.yaml").read_text())
# Reading a version's schemas takes longer than using them.
kubernetes_validate.utils.schema_contents = functools.cache(kubernetes_validate.utils.schema_contents)

failures = 0


def check(claim, problem=None):
    global failures
    print(f"not ok - {claim}: {problem}" if problem else f"ok - {claim}", flush=True)
    failures += bool(problem)


def run(*command, stdin=None, **environment):
    return subprocess.run([str(part) for part in command], input=stdin, capture_output=True, text=True,
                          env=os.environ | environment)


def rendered(values, *arguments):
    return helm.rendered(HELM, values, *arguments)


def problems_with(document, version):
    name = f"{document['apiVersion']} {document['kind']}"
    if name in FOREIGN:
        parts = {"metadata": {"$ref": "#/$defs/metadata"}, "spec": FOREIGN[name], "kind": {}, "apiVersion": {}}
        schema = {"properties": parts, "required": list(parts), "additionalProperties": False, "$defs": FOREIGN["$defs"]}
        return [f"{name}{error.json_path[1:]}: {error.message}"
                for error in jsonschema.Draft202012Validator(schema).iter_errors(document)]
    try:
        kubernetes_validate.validate(document, version, strict=True)
        return []
    except kubernetes_validate.SchemaNotFoundError as error:
        return [error.message]
    except kubernetes_validate.ValidationError as error:
        return [f"{document['kind']} {'.'.join(map(str, error.path))}: {error.message}"]


def configurations(documents):
    return [document["data"]["fovea.yaml"] for document in documents
            if document["kind"] == "ConfigMap" and "fovea.yaml" in document["data"]]


def agent_says(configuration):
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(configuration)
        file.flush()
        return run(FOVEA, "agent", "--config", file.name, "--check")


def hosted(container, volumes, config):
    """What is wrong with the way in which the agent finds its configuration before containerd 1.7."""
    mount, = [mount["mountPath"] for mount in container["volumeMounts"] if mount["name"] == "config"]
    with tempfile.TemporaryDirectory() as sandbox:
        folder = pathlib.Path(sandbox) / mount.lstrip("/")
        folder.mkdir(parents=True)
        for wrong in [False, True]:
            text = config["data"]["fovea.yaml"] + ("no-such-key: 1\n" if wrong else "")
            (folder / "fovea.yaml").write_text(text)
            said = run(FOVEA, *container["args"], "--check", CONTAINER_SANDBOX_MOUNT_POINT=sandbox)
            if (said.returncode != 0) != wrong:
                yield f"the agent with what is mounted below {sandbox}: {said.stdout}{said.stderr}"


def of_kind(documents, kind):
    return [document for document in documents if document["kind"] == kind]


# --- The matrix --------------------------------------------------------------------------------------

def check_case(name, values):
    lint = helm.helm(HELM, "lint", values, "--strict")
    check(f"{name}: helm lints it", lint.returncode and (lint.stdout + lint.stderr))
    for version in KUBERNETES:
        documents, problem = rendered(values, "--kube-version", version)
        problem = problem or "; ".join(sum((problems_with(one, version) for one in documents), []))
        check(f"{name}: {len(documents)} manifests are what Kubernetes {version} takes", problem)
    names = collections.Counter((one["kind"], one["metadata"]["name"]) for one in documents)
    check(f"{name}: no two manifests are of the same object", [one for one in names if names[one] > 1])
    for configuration in configurations(documents):
        said = agent_says(configuration)
        check(f"{name}: the agent takes its configuration", said.returncode and said.stderr)
    for daemons in of_kind(documents, "DaemonSet"):
        check(f"{name}: {daemons['metadata']['name']} fits together", "; ".join(misfits(daemons, documents)))
    check(f"{name}: the notes say what to do next, and nothing that is not so", "; ".join(wrong_notes(values, documents)))


def wrong_notes(values, documents):
    """What a person is told after an install, held against what was installed."""
    result = helm.helm(HELM, "install", values, "--dry-run=client", "--skip-crds")
    notes = result.stdout.partition("\nNOTES:\n")[2]
    daemons = of_kind(documents, "DaemonSet")
    containers = [one["spec"]["template"]["spec"]["containers"][0] for one in daemons]
    secrets = {volume["secret"]["secretName"] for one in daemons for volume in one["spec"]["template"]["spec"]["volumes"]
               if "secret" in volume}
    first = containers[0]
    settings = yaml.safe_load(configurations(documents)[0])["server"]
    scheme = first["readinessProbe"]["httpGet"].get("scheme", "HTTP").lower()
    expected = [f"{scheme}://localhost:{first['ports'][0]['containerPort']}/metrics",
                *(f"rollout status daemonset/{one['metadata']['name']}\n" for one in daemons),
                *(f"by the {kind} {one['metadata']['name']}." for kind in ["PodMonitor", "ServiceMonitor"]
                  for one in of_kind(documents, kind)),
                *(f"the PrometheusRule {one['metadata']['name']};" for one in of_kind(documents, "PrometheusRule")),
                *(f"of the secret {secret}" for secret in secrets)]
    annotated = "prometheus.io/scrape" in daemons[0]["spec"]["template"]["metadata"]["annotations"]
    monitored = of_kind(documents, "PodMonitor") + of_kind(documents, "ServiceMonitor")
    conditions = {
        "follows prometheus.io/scrape": annotated,
        "Nothing scrapes": not annotated and not monitored,
        "kubectl fovea status": not {"token-file", "client-authority", "review-tokens"} & settings.keys(),
        "without TLS": "token-file" in settings and scheme == "http",
        "set monitoring.rules.enabled": not of_kind(documents, "PrometheusRule"),
        "set monitoring.dashboards.enabled": not any("dashboard" in one["metadata"]["name"] for one in documents),
        "never been run on Windows": any("windows" in one["metadata"]["name"] for one in daemons),
        "up to your network plugin": bool(of_kind(documents, "NetworkPolicy")),
    }
    yield from (f"no '{text}'" for text in expected if text not in notes)
    yield from (f"'{text}' is {'not ' * holds}there" for text, holds in conditions.items() if (text in notes) != holds)


def misfits(daemons, documents):
    """What Kubernetes would take and what would not work."""
    template = daemons["spec"]["template"]
    container, = template["spec"]["containers"]
    system = template["spec"]["nodeSelector"]["kubernetes.io/os"]
    volumes = {volume["name"]: volume for volume in template["spec"]["volumes"]}
    config, = [one for one in of_kind(documents, "ConfigMap")
               if one["metadata"]["name"] == volumes["config"]["configMap"]["name"]]
    settings = yaml.safe_load(config["data"]["fovea.yaml"])
    port, = container["ports"]
    if not daemons["spec"]["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items():
        yield "its selector does not select its pods"
    if {port["containerPort"], port["hostPort"]} != {settings["server"]["port"]}:
        yield "the pod's port is not the agent's"
    annotated = template["metadata"]["annotations"].get("prometheus.io/port", str(port["containerPort"]))
    if annotated != str(port["containerPort"]):
        yield "Prometheus is sent to another port"
    if {mount["name"] for mount in container["volumeMounts"]} != volumes.keys():
        yield "a volume is not mounted, or a mount has no volume"
    address = settings["server"].get("address")
    # Every address is the pod's own too, which is what probes ask without being told.
    if address in ("0.0.0.0", "::"):
        address = None
    for probe in ["startupProbe", "readinessProbe", "livenessProbe"]:
        get = container[probe]["httpGet"]
        if get.get("host") != address:
            yield f"{probe} asks where the agent does not listen"
        if (get.get("scheme") == "HTTPS") != bool(settings["server"].get("tls-certificate")):
            yield f"{probe} does not ask as the agent answers"
    files = {f"{mount['mountPath']}/{item['path']}" for mount in container["volumeMounts"]
             for item in volumes[mount["name"]].get("secret", {}).get("items", [])}
    named = {settings["server"][key] for key in ["tls-certificate", "tls-key", "client-authority", "token-file"]
             if key in settings["server"]}
    if files != named:
        yield f"mounted are {files}, and the agent is told of {named}"
    annotations = template["metadata"]["annotations"]
    if (annotations.get("prometheus.io/scheme") == "https") != ("tls-certificate" in settings["server"]):
        yield "the annotations do not say how to ask"
    for kind in ["ConfigMap", "DaemonSet", "ServiceAccount"]:
        for document in of_kind(documents, kind):
            if len(document["metadata"]["name"]) > 63 or document["metadata"]["namespace"] != "observed":
                yield f"{kind} has a wrong name or namespace"
    if system == "windows":
        if not template["spec"]["securityContext"]["windowsOptions"]["hostProcess"]:
            yield "it is no HostProcess pod"
        yield from hosted(container, volumes, config)
        return
    security = container["securityContext"]
    if security["capabilities"]["drop"] != ["ALL"] or security["privileged"] \
            or not security["readOnlyRootFilesystem"] or template["spec"].get("hostPID"):
        yield "it has more rights than it needs"
    if settings["endpoints"].get("enter", True) != ("SYS_ADMIN" in security["capabilities"]["add"]):
        yield "SYS_ADMIN is for entering namespaces and nothing else"
    mounts = {mount["mountPath"]: mount for mount in container["volumeMounts"]}
    for folder in settings["endpoints"]["namespace-directories"]:
        if mounts[folder].get("mountPropagation") != "HostToContainer" or not mounts[folder]["readOnly"]:
            yield f"{folder} is not mounted as it comes and goes"
    if settings.get("state-directory", "/run/fovea") not in mounts:
        yield "the lock is not on the node"


# --- Configuration -----------------------------------------------------------------------------------

def check_every_key():
    """Each documented key with its documented default goes through values to the agent."""
    table = re.findall(r"^\| `([a-z.-]+)` \| `(.*?)` \|", (REPOSITORY / "docs/configuration.md").read_text(), re.M)
    config = {}
    for path, value in table:
        *sections, key = path.split(".")
        place = config
        for section in sections:
            place = place.setdefault(section, {})
        place[key] = yaml.safe_load(value) if value else ""
    documents, problem = rendered({"config": config})
    check(f"all {len(table)} keys of docs/configuration.md can be values", problem)
    for configuration in configurations(documents):
        check("they come out as they went in",
              None if yaml.safe_load(configuration) == config else configuration)
        said = agent_says(configuration)
        check("the agent takes them", said.returncode and said.stderr)


def check_refusals():
    documents, problem = rendered({"config": {"packets": {"endpoint": 512}}})
    said = agent_says(*configurations(documents))
    check("the agent refuses a key that it does not have",
          None if said.returncode == 78 and "packets.endpoint" in said.stderr else said)
    for values, word in [
        ({"linux": {"tolerations": {}}}, "tolerations"),
        ({"linux": {"capability": []}}, "capability"),
        ({"config": {"server": {"port": 70000}}}, "port"),
        ({"monitoring": {"podMonitor": {"interval": 30}}}, "interval"),
        ({"config": {"kubernetes": {"enabled": False}}}, "enabled"),
        ({"image": {"digest": "0123"}}, "digest"),
        ({"tls": {"mode": "provided"}}, "tls.secretName is needed"),
        ({"tls": {"mode": "self-signed"}}, "mode"),
        ({"tls": {"clientAuthority": {"secretName": "clients"}}}, "needs a tls.mode"),
        ({"tls": {"mode": "self-made"}, "config": {"server": {"tls-key": "/key"}}}, "leave it out"),
        ({"tokens": {"secretName": "t"}, "config": {"server": {"token-file": "/t"}}}, "leave it out"),
        ({"tokens": {"secretName": "t", "key": "../t"}}, "key"),
        ({"monitoring": {"podMonitor": {"enabled": True}, "serviceMonitor": {"enabled": True}}}, "scraped twice"),
    ]:
        _, problem = rendered(values)
        check(f"the schema refuses {values}", None if problem and word in problem else problem or "it does not")
    result = run(HELM, "template", "fovea", CHART)
    check("without an image it says what to set",
          None if result.returncode and "image.repository is needed" in result.stderr else result.stderr)
    result = helm.helm(HELM, "template", {}, "--kube-version", "1.24")
    check("Kubernetes 1.24 is refused", None if "incompatible" in result.stderr else result.stderr or "it is not")


# --- What goes together ------------------------------------------------------------------------------

def check_versions():
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    version = run(FOVEA, "--version").stdout.strip()
    check("the chart's appVersion is the agent's",
          None if chart["appVersion"] == version else f"{chart['appVersion']} is not {version}")


def check_rollout():
    """Another configuration is other pods; the same is the same."""
    sums = [of_kind(rendered({"config": {"log": {"level": level}}})[0], "DaemonSet")[0]
            ["spec"]["template"]["metadata"]["annotations"]["checksum/config"]
            for level in ["info", "info", "debug"]]
    check("pods begin anew when the configuration changes, and only then",
          None if sums[0] == sums[1] != sums[2] else sums)


def check_rights():
    """What the agent may ask an API server is what its code asks for."""
    sources = "".join(path.read_text() for path in (REPOSITORY / "Sources/Kubernetes").rglob("*.swift"))
    asked = {(group, resource) for group, resource in re.findall(
        r'Resource\(\s*"/(?:api|apis/([\w.]+))/v1\w*/(\w+)"', sources)}
    documents, problem = rendered({})
    role, = of_kind(documents, "ClusterRole")
    granted = {(group, resource) for rule in role["rules"] for group in rule["apiGroups"] for resource in rule["resources"]
               if "/" not in resource}
    check(f"the role is of what the agent asks for: {sorted(resource for _, resource in asked)}",
          None if asked and asked == granted else asked ^ granted)
    verbs = {resource: set(rule["verbs"]) for rule in role["rules"] for resource in rule["resources"]}
    patched = {one for one in verbs if "/" in one}
    check("the role is to list and watch, and to patch one status",
          None if patched == {"metricsconfigurations/status"} and verbs["metricsconfigurations/status"] == {"patch"}
          and all(verbs[one] == {"list", "watch"} for one in verbs.keys() - patched) else verbs)
    binding, = of_kind(documents, "ClusterRoleBinding")
    account, = of_kind(documents, "ServiceAccount")
    pods = of_kind(documents, "DaemonSet")[0]["spec"]["template"]["spec"]
    check("the agent is who has it", None if binding["roleRef"]["name"] == role["metadata"]["name"]
          and binding["subjects"][0]["name"] == account["metadata"]["name"] == pods["serviceAccountName"]
          and pods["automountServiceAccountToken"] else binding)
    reviewing = of_kind(rendered({"config": {"server": {"review-tokens": True}}})[0], "ClusterRole")[0]["rules"]
    check("with server.review-tokens the role also is to ask about tokens, and nothing else",
          None if [(rule["resources"], rule["verbs"]) for rule in reviewing if rule not in role["rules"]]
          == [(["tokenreviews"], ["create"]), (["subjectaccessreviews"], ["create"])] else reviewing)
    documents, problem = rendered({"config": {"kubernetes": {"enabled": "off"}}})
    pods = of_kind(documents, "DaemonSet")[0]["spec"]["template"]["spec"]
    check("with kubernetes.enabled off it has neither role nor token",
          of_kind(documents, "ClusterRole") or pods["automountServiceAccountToken"])
    documents, problem = rendered({"linux": {"enabled": False}, "windows": {"enabled": True}})
    role, = of_kind(documents, "ClusterRole")
    pods = of_kind(documents, "DaemonSet")[0]["spec"]["template"]["spec"]
    granted = {resource for rule in role["rules"] for resource in rule["resources"]}
    node = [one.get("valueFrom", {}).get("fieldRef", {}).get("fieldPath") for one in pods["containers"][0]["env"]
            if one["name"] == "FOVEA_KUBERNETES_NODE"]
    check("an agent for Windows alone is given what names its pods, and nothing of flows",
          None if pods["automountServiceAccountToken"] and node == ["spec.nodeName"] and {"pods", "nodes"} <= granted
          and not {"networkpolicies", "endpointslices"} & granted
          and of_kind(documents, "ClusterRoleBinding")[0]["roleRef"]["name"] == role["metadata"]["name"]
          and role["metadata"]["name"].endswith("-windows") else (granted, node, role["metadata"]))
    documents, problem = rendered({"linux": {"enabled": False}, "windows": {
        "enabled": True, "config": {"kubernetes": {"enabled": "off"}}}})
    pods = of_kind(documents, "DaemonSet")[0]["spec"]["template"]["spec"]
    check("and neither role nor token with kubernetes.enabled off",
          of_kind(documents, "ClusterRole") or pods["automountServiceAccountToken"])


def schema_faults(schema, path=""):
    """What makes a schema not structural, as Kubernetes has it, and what would never be enforced."""
    known = {"type", "description", "properties", "required", "items", "enum", "pattern", "format", "minItems", "maxItems",
             "minLength", "maxLength", "x-kubernetes-list-type", "x-kubernetes-list-map-keys",
             "x-kubernetes-validations", "x-kubernetes-preserve-unknown-fields"}
    if extra := schema.keys() - known:
        yield f"{path}: {sorted(extra)}"
    if "type" not in schema:
        yield f"{path}: no type"
    if schema.get("x-kubernetes-list-type") == "set" and schema["items"]["type"] not in ("string", "integer"):
        yield f"{path}: a set of {schema['items']['type']}"
    if schema["type"] == "array" and ("items" not in schema or "maxItems" not in schema):
        yield f"{path}: a list without items or an end"
    if missing := set(schema.get("required", [])) - schema.get("properties", {}).keys():
        yield f"{path}: {missing} required and not there"
    for name, inner in schema.get("properties", {}).items():
        yield from schema_faults(inner, f"{path}.{name}")
    if "items" in schema:
        yield from schema_faults(schema["items"], f"{path}[]")


def closed(schema):
    """The same schema as one that refuses what it does not know, as `kubectl apply` does."""
    schema = dict(schema)
    if schema.get("type") == "object" and "properties" in schema and "x-kubernetes-preserve-unknown-fields" not in schema:
        schema["properties"] = {name: closed(inner) for name, inner in schema["properties"].items()}
        schema["additionalProperties"] = False
    if "items" in schema:
        schema["items"] = closed(schema["items"])
        schema["uniqueItems"] = schema.get("x-kubernetes-list-type") == "set"
    return schema


def field(schema, path):
    """The schema of a field by its JSONPath, where a list's element is told by a condition in brackets."""
    for name in re.sub(r"\[[^]]*\]", ".[]", path).split(".")[1:]:
        schema = schema.get("items") if name == "[]" else schema.get("properties", {}).get(name)
        if schema is None:
            return None
    return schema


def agent_takes(document):
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        yaml.safe_dump(document, file)
        file.flush()
        return run(FOVEA, "agent", "--check", "--set", f"metrics.configuration={file.name}")


def check_resources():
    """Our own kinds: their schemas, and that schema and agent agree."""
    crd = yaml.safe_load((CHART / "crds/metricsconfigurations.yaml").read_text())
    for version in KUBERNETES:
        check(f"the MetricsConfiguration's definition is what Kubernetes {version} takes", "; ".join(problems_with(crd, version)))
    served, = crd["spec"]["versions"]
    schema = dict(served["schema"]["openAPIV3Schema"])
    check("its schema is structural", "; ".join(schema_faults(schema)))
    paths = [column["jsonPath"] for column in served["additionalPrinterColumns"]]
    check(f"each of its {len(paths)} printed columns is of a field that it has",
          [path for path in paths if path != ".metadata.creationTimestamp" and not field(schema, path)])
    carried = [one for one in yaml.safe_load_all((REPOSITORY / "deploy/manifests/linux.yaml").read_text())
               if one and one["kind"] == "CustomResourceDefinition"]
    check("the plain manifests have it too", None if carried == [crd] else "they do not")
    schema = closed(schema)
    schema["properties"]["metadata"] = {"type": "object"}
    contexts = schema["properties"]["spec"]["properties"]["contexts"]["items"]["properties"]
    source = (REPOSITORY / "Sources/Observability/Contexts/ContextLabel.swift").read_text()
    labels = {name for line in re.findall(r"^    case (.+)$", source, re.M) for name in line.split(", ")}
    for end in ["source", "destination", "pod"]:
        check(f"{end} has the labels that the agent has",
              labels - ({"port"} if end == "pod" else set()) ^ set(contexts[end]["properties"]["labels"]["items"]["enum"]))
    examples = [yaml.safe_load(text) for text in re.findall(
        r"```yaml\n(.*?)```", (REPOSITORY / "docs/contexts.md").read_text(), re.S)]
    check("docs/contexts.md has examples", None if examples else "none")
    for example in examples:
        found = [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(example)]
        said = agent_takes(example)
        check("schema and agent take the example", found or (said.returncode and said.stderr))
    for spec, by_rule in [
        ({}, False), ({"contexts": [{}]}, False), ({"contexts": [{"metrics": []}]}, False),
        ({"contexts": [], "namespace": {}}, False),
        ({"contexts": [{"metrics": ["fovea_*"], "levels": ["remot"]}]}, False),
        ({"contexts": [{"metrics": ["fovea_*"], "pod": {"labels": ["port"]}}]}, False),
        ({"contexts": [{"metrics": ["fovea_*"], "source": {"labels": ["ip", "ip"]}}]}, False),
        ({"contexts": [{"metrics": ["fovea_*"], "source": {"podLabels": ["a/b/c"]}}]}, False),
        ({"contexts": [{"metrics": ["fovea_*"], "ttl": "10"}]}, False),
        ({"contexts": [{"metrics": ["fovea_*"], "ttl": "25h"}]}, True),
        ({"contexts": [], "namespaces": {"include": [], "exclude": []}}, True),
        ({"contexts": [{"metrics": ["fovea_*"], "namespaces": {}}]}, True),
    ]:
        example = {"apiVersion": "fovea.network/v1alpha1", "kind": "MetricsConfiguration", "metadata": {"name": "x"}, "spec": spec}
        found = list(jsonschema.Draft202012Validator(schema).iter_errors(example))
        said = agent_takes(example)
        # What a rule in CEL refuses only a server can try; that there is one is all that is checked here.
        check(f"schema and agent refuse {spec}",
              None if said.returncode == 78 and "spec" in said.stderr and bool(found) != by_rule else [found, said])


def check_rules():
    """Helm has templates of its own in braces; the rules' are Prometheus'."""
    own = yaml.safe_load((CHART / "rules/fovea.yaml").read_text())
    rule, = of_kind(rendered({"monitoring": {"rules": {"enabled": True}}})[0], "PrometheusRule")
    check("the PrometheusRule has the rules as they are in the file", None if rule["spec"] == own else rule["spec"])
    rules = {"enabled": True, "runbooks": "https://example.org/runbooks/"}
    rule, = of_kind(rendered({"monitoring": {"rules": rules}})[0], "PrometheusRule")
    pages = {one["alert"]: one["annotations"].pop("runbook_url", None)
             for group in rule["spec"]["groups"] for one in group["rules"] if "alert" in one}
    check("with monitoring.rules.runbooks each alert has the URL of its page, and else is as it was", None if rule["spec"] == own
          and all(page == f"https://example.org/runbooks/{name}.md" for name, page in pages.items()) else pages)


def check_dashboards():
    files = {f"fovea-{path.name}": path.read_text() for path in (CHART / "dashboards").glob("*.json")}
    documents, problem = rendered({"monitoring": {"dashboards": {"enabled": True}}})
    carried = {name: text for document in of_kind(documents, "ConfigMap") for name, text in document["data"].items()
               if name.endswith(".json")}
    check(f"{len(files)} dashboards are carried as they are in their files",
          problem or (None if files and carried == files else files.keys() ^ carried.keys() or "a text differs"))


for case in sorted((REPOSITORY / "Tests/Deploy/values").glob("*.yaml")):
    check_case(case.stem, yaml.safe_load(case.read_text()))
check_every_key()
check_refusals()
check_versions()
check_rollout()
check_rights()
check_resources()
check_rules()
check_dashboards()
sys.exit(failures > 0)
