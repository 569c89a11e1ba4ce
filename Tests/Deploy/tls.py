"""The chart's certificate of its own making: kept by upgrades, served by the agent, and scraped by a real Prometheus.

tls.py HELM FOVEA KUBECTL_FOVEA REPOSITORY, as root in a network namespace of its own; prints TAP.
"""

import base64
import http.server
import json
import pathlib
import ssl
import subprocess
import sys
import tempfile
import threading

import yaml

import world
from world import check, status, until

HELM, FOVEA, PLUGIN, REPOSITORY = sys.argv[1], sys.argv[2], sys.argv[3], pathlib.Path(sys.argv[4])
PORT = 10093


def render(values, *arguments):
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        yaml.safe_dump(values, file)
        file.flush()
        result = subprocess.run(
            [HELM, "template", "fovea", REPOSITORY / "deploy/chart", "--namespace", "observed", "--set",
             "image.repository=example/fovea", "--values", file.name, *arguments], capture_output=True, text=True)
    if result.returncode:
        check("Helm renders it", result.stderr)
        sys.exit(1)
    return {(one["kind"], one["metadata"]["name"]): one for one in yaml.safe_load_all(result.stdout) if one}


# --- Kept by upgrades --------------------------------------------------------------------------------

class Server(http.server.BaseHTTPRequestHandler):
    """As much of an API server as Helm asks where a chart looks something up."""

    secret = None

    def do_GET(self):
        secrets = {"name": "secrets", "singularName": "secret", "namespaced": True, "kind": "Secret", "verbs": ["get", "list"]}
        answer = {
            "/version": {"major": "1", "minor": "36", "gitVersion": "v1.36.0"},
            "/api": {"kind": "APIVersions", "versions": ["v1"]},
            "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
            "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": [secrets]},
            "/api/v1/namespaces/observed/secrets/fovea-tls": Server.secret,
        }.get(self.path.split("?")[0])
        code = 200 if answer else 404
        body = json.dumps(answer or {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404})
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


def check_upgrades():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as kubeconfig:
        kubeconfig.write(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "it",
            "clusters": [{"name": "it", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
            "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}], "users": [{"name": "it", "user": {}}]}))
        kubeconfig.flush()

        def secret(**tls):
            return render({"linux": {"enabled": False}, "tls": {"mode": "self-made", **tls}}, "--dry-run=server", "--disable-openapi-validation", "--kubeconfig", kubeconfig.name)[
                "Secret", "fovea-tls"]

        first, second = secret(), secret()
        check("where there is no certificate, one is made", None if first["data"] != second["data"] else "twice the same")
        # As it is once Helm has installed it.
        own = {"meta.helm.sh/release-name": "fovea", "meta.helm.sh/release-namespace": "observed"}
        annotations = first["metadata"]["annotations"] | own
        Server.secret = first | {"metadata": first["metadata"] | {"annotations": annotations}}
        check("an upgrade keeps the certificate", None if secret() == first else "it makes another")
        other = secret(serverName="agents.example")
        check("another name is another certificate", None if other["data"] != first["data"] else "it keeps the old one")
    server.shutdown()


# --- Served and scraped ------------------------------------------------------------------------------

def write(folder, name, data):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    return str(folder / name)


def make_clients(folder):
    """An authority of clients, and one of them, as the secrets that they would be."""
    key = ["openssl", "req", "-x509", "-days", "2", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    for name, signed in [("authority", []), ("client", ["-CA", f"{folder}/authority.crt", "-CAkey", f"{folder}/authority.key"])]:
        subprocess.run([*key, "-subj", f"/CN={name}", "-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.crt", *signed],
                       check=True, capture_output=True)
    return {"scrapers": {"ca.crt": (folder / "authority.crt").read_bytes()},
            "prometheus": {"tls.crt": (folder / "client.crt").read_bytes(), "tls.key": (folder / "client.key").read_bytes()}}


def lay_out(folder, daemons, documents, secrets):
    """What the kubelet would mount below /etc."""
    template = daemons["spec"]["template"]["spec"]
    volumes = {volume["name"]: volume for volume in template["volumes"]}
    for mount in template["containers"][0]["volumeMounts"]:
        volume = volumes[mount["name"]]
        place = folder / mount["mountPath"].lstrip("/")
        if "configMap" in volume:
            for name, text in documents["ConfigMap", volume["configMap"]["name"]]["data"].items():
                write(place, name, text.encode())
        elif "secret" in volume:
            for item in volume["secret"]["items"]:
                write(place, item["path"], secrets[volume["secret"]["secretName"]][item["key"]])


def start_agent(scene, container, name, *arguments):
    """The container's own command, with what was laid out in the place of this machine's /etc."""
    command = [FOVEA, *container["args"], *arguments]
    process = scene.start(name, "unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc && exec "$@"', scene.folder / "etc", *command)
    probe = container["readinessProbe"]["httpGet"]
    url = f"{probe['scheme'].lower()}://127.0.0.1:{PORT}{probe['path']}"
    ready = until(lambda: status(url, world.unverified()) == 200, process)
    check(f"{name}: it gets ready, as the probe of the chart asks", None if ready else scene.log(name))
    return process


def prometheus_job(endpoint, scene, secrets):
    """A PodMonitor's endpoint as the operator would write it."""
    tls = endpoint["tlsConfig"]

    def file(reference):
        secret = reference.get("secret", reference)
        return write(scene.folder / "prometheus-secrets" / secret["name"], secret["key"], secrets[secret["name"]][secret["key"]])

    return {"job_name": "fovea", "scheme": endpoint["scheme"], "static_configs": [{"targets": [f"127.0.0.1:{PORT}"]}], "tls_config": {
        "server_name": tls["serverName"], "ca_file": file(tls["ca"]), "cert_file": file(tls["cert"]), "key_file": file(tls["keySecret"])}}


def check_scrape(scene):
    documents = render({
        "config": {"kubernetes": {"enabled": "off"}, "state-directory": str(scene.folder / "state")},
        "tls": {"mode": "self-made", "clientAuthority": {"secretName": "scrapers"}},
        "monitoring": {"podMonitor": {"enabled": True, "interval": "1s", "scrapeTimeout": "1s", "tlsConfig": {
            "cert": {"secret": {"name": "prometheus", "key": "tls.crt"}}, "keySecret": {"name": "prometheus", "key": "tls.key"}}}}})
    daemons = documents["DaemonSet", "fovea-linux"]
    container, = daemons["spec"]["template"]["spec"]["containers"]
    secrets = make_clients(scene.folder)
    secrets["fovea-tls"] = {name: base64.b64decode(text) for name, text in documents["Secret", "fovea-tls"]["data"].items()}
    lay_out(scene.folder, daemons, documents, secrets)
    agent = start_agent(scene, container, "agent")
    endpoint, = documents["PodMonitor", "fovea"]["spec"]["podMetricsEndpoints"]
    job = prometheus_job(endpoint, scene, secrets)
    scene.start_prometheus({"global": {"scrape_interval": "1s", "scrape_timeout": "1s"}, "scrape_configs": [job]})
    check("Prometheus scrapes it by TLS, with the certificate that it has to show",
          None if until(lambda: [value for _, value in world.query("fovea_build_info")]) else scene.log("prometheus"))
    url = f"https://127.0.0.1:{PORT}/metrics"
    check("without a certificate nobody gets metrics", None if (got := status(url, world.unverified())) == 403 else got)
    said = status(url.replace("https", "http"))
    check("without TLS nobody gets an answer", None if not isinstance(said, int) else said)
    said = status(url, ssl.create_default_context(cafile=job["tls_config"]["ca_file"]))
    check("the certificate is of the one name and no other", None if "doesn't match" in str(said) or "not valid for" in str(said) else said)
    check("the agent ends when asked to", scene.end(agent))
    check_plugin(scene, container, job["tls_config"])


def check_plugin(scene, container, tls):
    """kubectl fovea, by address, of an agent that wants a certificate and a token."""
    token = write(scene.folder, "token", b"a-token-of-the-test\n")
    start_agent(scene, container, "agent with tokens", "--set", f"server.token-file={token}")
    base = [PLUGIN, "status", "-o", "json", "--address", f"https://127.0.0.1:{PORT}", "--certificate-authority", tls["ca_file"]]
    name = ["--server-name", tls["server_name"]]
    certificate = ["--client-certificate", tls["cert_file"], "--client-key", tls["key_file"]]
    for claim, arguments, code, problem in [
        ("with name, certificate and token it is read", [*name, *certificate, "--token-file", token], 0, ""),
        ("without a token it is not", [*name, *certificate], 1, "401"),
        ("without a certificate it is not", [*name, "--token-file", token], 1, "403"),
        ("by another name it is not", [*certificate, "--token-file", token], 1, "certificate"),
    ]:
        result = subprocess.run([*base, *arguments], capture_output=True, text=True)
        said = json.loads(result.stdout)["items"][0].get("problem", "") if result.stdout else result.stderr
        check(f"kubectl fovea: {claim}", None if result.returncode == code and problem.lower() in said.lower() and
              bool(said) == bool(code) else f"status {result.returncode}: {said or result.stdout}")


check_upgrades()
with world.World() as scene:
    check_scrape(scene)
sys.exit(world.failures > 0)
