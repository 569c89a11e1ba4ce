"""Who may scrape by the chart's `tls` and `tokens`: agents as they are rendered, asked by a real Prometheus and by others.
Of the certificate of the chart's own making also that upgrades keep it.

access.py HELM FOVEA KUBECTL_FOVEA, as root in a network namespace of its own; prints TAP.
"""

import base64
import http.server
import json
import ssl
import subprocess
import sys
import tempfile
import threading

import helm
import world
from world import check, status, until

HELM, FOVEA, PLUGIN = sys.argv[1:]
PORT = 10093
TOKENS = ["3f9c-one-token", "a70b-another"]


def render(values, *arguments):
    documents, problem = helm.rendered(HELM, values, *arguments)
    if problem:
        check("Helm renders it", problem)
        sys.exit(1)
    return {(one["kind"], one["metadata"]["name"]): one for one in documents}


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

class Deployed:
    """What is rendered of VALUES, in a folder of the scene's that has what the kubelet would mount below /etc."""

    def __init__(self, scene, name, values, secrets):
        config = {"kubernetes": {"enabled": "off"}, "state-directory": str(scene.folder / f"{name}-state")}
        monitor = {"enabled": True, "interval": "1s", "scrapeTimeout": "1s"} | values.pop("podMonitor", {})
        documents = render(values | {"config": config, "monitoring": {"podMonitor": monitor}})
        if made := documents.get(("Secret", "fovea-tls")):
            secrets = secrets | {"fovea-tls": {key: base64.b64decode(text) for key, text in made["data"].items()}}
        self.scene, self.name, self.secrets = scene, name, secrets
        self.folder = scene.folder / name
        template = documents["DaemonSet", "fovea-linux"]["spec"]["template"]["spec"]
        self.container, = template["containers"]
        self.endpoint, = documents["PodMonitor", "fovea"]["spec"]["podMetricsEndpoints"]
        volumes = {volume["name"]: volume for volume in template["volumes"]}
        for mount in self.container["volumeMounts"]:
            volume, place = volumes[mount["name"]], self.folder / mount["mountPath"].lstrip("/")
            if "configMap" in volume:
                for file, text in documents["ConfigMap", volume["configMap"]["name"]]["data"].items():
                    write(place, file, text.encode())
            elif "secret" in volume:
                for item in volume["secret"]["items"]:
                    write(place, item["path"], secrets[volume["secret"]["secretName"]][item["key"]])

    def start(self):
        """The container's own command, with that folder in the place of this machine's /etc."""
        process = self.scene.start(
            self.name, "unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc && exec "$@"', self.folder / "etc",
            FOVEA, *self.container["args"])
        probe = self.container["readinessProbe"]["httpGet"]
        url = f"{probe.get('scheme', 'HTTP').lower()}://127.0.0.1:{PORT}{probe['path']}"
        ready = until(lambda: status(url, world.unverified()) == 200, process)
        check(f"{self.name}: it gets ready, as the probe of the chart asks", None if ready else self.scene.log(self.name))
        return process

    def job(self):
        """The PodMonitor's endpoint as the operator would write it for Prometheus."""
        job = {"job_name": self.name, "scheme": self.endpoint.get("scheme", "http"),
               "static_configs": [{"targets": [f"127.0.0.1:{PORT}"]}]}
        if tls := self.endpoint.get("tlsConfig"):
            job["tls_config"] = {"server_name": tls["serverName"], "ca_file": self.secret(tls["ca"]),
                                 "cert_file": self.secret(tls["cert"]), "key_file": self.secret(tls["keySecret"])}
        if shown := self.endpoint.get("authorization"):
            job["authorization"] = {"type": shown.get("type", "Bearer"), "credentials_file": self.secret(shown["credentials"])}
        return job

    def secret(self, reference):
        reference = reference.get("secret", reference)
        name, key = reference["name"], reference["key"]
        return write(self.scene.folder / "prometheus-secrets" / name, key, self.secrets[name][key])


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


def is_scraped(name):
    """By Prometheus, that job's agent; a sample that came after it was asked for."""
    return until(lambda: [value for labels, value in world.query(f'up{{job="{name}"}}') if value == 1])


def check_certificates(scene, secure):
    agent = secure.start()
    check("Prometheus scrapes it by TLS, with certificate and token", None if is_scraped(secure.name) else scene.log("prometheus"))
    url = f"https://127.0.0.1:{PORT}/metrics"
    got = status(url, world.unverified(), {"Authorization": f"Bearer {TOKENS[0]}"})
    check("without a certificate nobody gets metrics", None if got == 403 else got)
    said = status(url.replace("https", "http"))
    check("without TLS nobody gets an answer", None if not isinstance(said, int) else said)
    tls = secure.job()["tls_config"]
    said = status(url, ssl.create_default_context(cafile=tls["ca_file"]))
    check("the certificate is of the one name and no other", None if "doesn't match" in str(said) or "not valid for" in str(said) else said)
    check_plugin(secure.job())
    check("the agent ends when asked to", scene.end(agent))


def check_plugin(job):
    """kubectl fovea, by address, of an agent that wants a certificate and a token."""
    tls, token = job["tls_config"], job["authorization"]["credentials_file"]
    base = [PLUGIN, "status", "-o", "json", "--address", f"https://127.0.0.1:{PORT}", "--certificate-authority", tls["ca_file"]]
    name = ["--server-name", tls["server_name"]]
    certificate = ["--client-certificate", tls["cert_file"], "--client-key", tls["key_file"]]
    for claim, arguments, code, problem in [
        ("with name, certificate and token it is read", [*name, *certificate, "--token-file", token], 0, ""),
        ("without a token it is not", [*name, *certificate], 1, "401 (the agent wants a token"),
        ("without a certificate it is not", [*name, "--token-file", token], 1, "403 (the agent wants a certificate"),
        ("by another name it is not", [*certificate, "--token-file", token], 1, "certificate"),
    ]:
        result = subprocess.run([*base, *arguments], capture_output=True, text=True)
        said = json.loads(result.stdout)["items"][0].get("problem", "") if result.stdout else result.stderr
        check(f"kubectl fovea: {claim}", None if result.returncode == code and problem.lower() in said.lower() and
              bool(said) == bool(code) else f"status {result.returncode}: {said or result.stdout}")


def check_tokens(scene, plain):
    """By bearer tokens alone."""
    plain.start()
    url = f"http://127.0.0.1:{PORT}/metrics"
    check("Prometheus scrapes it with the token of the PodMonitor", None if is_scraped(plain.name) else scene.log("prometheus"))

    def asked(*tokens):
        return [status(url, headers={"Authorization": f"Bearer {token}"}) for token in tokens]

    check("each token of the secret is taken, and no other", None if (got := asked(*TOKENS, "other", TOKENS[0][:-1], "")) ==
          [200, 200, 401, 401, 401] else got)
    check("without a token nobody gets metrics", None if (got := status(url)) == 401 else got)
    (plain.folder / "etc/fovea-tokens/accepted").write_bytes(f"{TOKENS[1]}\nnew\n".encode())
    check("tokens that change are in force at once", None if (got := asked(TOKENS[0], TOKENS[1], "new")) == [401, 200, 200] else got)


check_upgrades()
with world.World() as scene:
    secrets = make_clients(scene.folder)
    secrets["tokens"] = {"accepted": "\n".join(TOKENS).encode() + b"\n", "shown": TOKENS[1].encode()}
    tokens = {"secretName": "tokens", "key": "accepted", "scraperKey": "shown"}
    secure = Deployed(scene, "tls", {
        "tls": {"mode": "self-made", "clientAuthority": {"secretName": "scrapers"}}, "tokens": tokens,
        "podMonitor": {"tlsConfig": {"cert": {"secret": {"name": "prometheus", "key": "tls.crt"}},
                                     "keySecret": {"name": "prometheus", "key": "tls.key"}}}}, secrets)
    plain = Deployed(scene, "tokens", {"tokens": tokens}, secrets)
    scene.start_prometheus({"global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
                            "scrape_configs": [secure.job(), plain.job()]})
    check_certificates(scene, secure)
    check_tokens(scene, plain)
sys.exit(world.failures > 0)
