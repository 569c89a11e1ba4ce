"""As much of an API server as the agent follows: a cluster of two nodes, of which one is this machine's demo.

Objects never change: they are listed, and watches stay open without a word.
"""

import http.server
import json
import threading

CLIENT, SERVER = ["198.18.0.1", "2001:db8:f0ea::1"], ["198.18.0.2", "2001:db8:f0ea::2"]
# The other node, which has a service's second endpoint and the API server too.
OTHER = "198.18.1.1"
NODE, UPLINK = "node-a", "198.18.1.254"


def named(name, namespace=None, labels=None, owner=None):
    place = {"namespace": namespace} if namespace else {}
    owners = [{"kind": owner[0], "name": owner[1], "controller": True}] if owner else []
    return {"name": name, "uid": f"{namespace}-{name}", "resourceVersion": "7", "labels": labels or {},
            "ownerReferences": owners} | place


def node(name, address, zone):
    return {"metadata": named(name, labels={"topology.kubernetes.io/zone": zone}),
            "status": {"addresses": [{"type": "InternalIP", "address": address}]}}


def pod(name, app, where, addresses):
    return {"metadata": named(name, "shop", {"app": app}, ("ReplicaSet", f"{app}-5d9c7b")),
            "spec": {"nodeName": where, "containers": [{"name": app}]},
            "status": {"phase": "Running", "podIP": addresses[0], "podIPs": [{"ip": address} for address in addresses]}}


def service(name, *addresses):
    return {"metadata": named(name, "shop"), "spec": {"clusterIP": addresses[0], "clusterIPs": list(addresses)}}


def endpoints(of, address, port):
    return {"metadata": named(f"{of}-x", "shop", {"kubernetes.io/service-name": of}), "addressType": "IPv4",
            # Hints that its clients here do not keep.
            "endpoints": [{"addresses": [address], "conditions": {"ready": True}, "zone": "zone-1",
                           "hints": {"forZones": [{"name": "zone-2"}]}}],
            "ports": [{"name": "", "port": port, "protocol": "TCP"}]}


OBJECTS = {
    "/api/v1/nodes": [node(NODE, UPLINK, "zone-1"), node("node-b", OTHER, "zone-2")],
    "/api/v1/namespaces": [{"metadata": named("shop")}],
    "/apis/apps/v1/replicasets": [
        {"metadata": named(f"{app}-5d9c7b", "shop", owner=("Deployment", app))} for app in ("front", "store")],
    "/api/v1/pods": [pod("front-5d9c7b-x2x8k", "front", NODE, CLIENT), pod("store-5d9c7b-q7w4n", "store", NODE, SERVER)],
    # Of the last two nobody can tell whose a packet to their one endpoint is.
    "/api/v1/services": [service("store", "10.96.0.10"), service("closed", "10.96.0.11"),
                         service("one", "10.96.0.12"), service("another", "10.96.0.13")],
    "/apis/discovery.k8s.io/v1/endpointslices": [
        endpoints("store", SERVER[0], 7001), endpoints("closed", SERVER[0], 6999),
        endpoints("one", SERVER[0], 7002), endpoints("another", SERVER[0], 7002)],
    "/apis/networking.k8s.io/v1/networkpolicies": [{
        "metadata": named("store-ingress", "shop"),
        "spec": {"podSelector": {"matchLabels": {"app": "store"}}, "policyTypes": ["Ingress"], "ingress": [
            {"ports": [{"protocol": "TCP", "port": 7000, "endPort": 7999}, {"protocol": "UDP", "port": 53},
                       {"protocol": "UDP", "port": 9000, "endPort": 9003}]}]}}],
}


class Server(http.server.BaseHTTPRequestHandler):
    # Watches last as long as this process.
    never = threading.Event()

    def do_GET(self):
        path, _, query = self.path.partition("?")
        watches = "watch=true" in query
        # A server before 1.32: lists come by themselves.
        code = 400 if "sendInitialEvents" in query else 200
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        if code == 400:
            body = {"kind": "Status", "status": "Failure", "code": 400, "reason": "BadRequest", "message": "unknown"}
        elif watches:
            self.wfile.flush()
            self.never.wait()
        else:
            body = {"kind": "List", "metadata": {"resourceVersion": "7"}, "items": OBJECTS.get(path, [])}
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_):
        pass


def serve(kubeconfig):
    """Its address goes to the file KUBECONFIG."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    kubeconfig.write_text(json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "it",
        "clusters": [{"name": "it", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}], "users": [{"name": "it", "user": {}}]}))
