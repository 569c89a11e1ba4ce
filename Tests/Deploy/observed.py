"""A node under everything that dashboards show, a recorded Windows node, and a Prometheus that scrapes both.

The demo (deploy/demo.sh) is the node; it gets an uplink, a cluster of two nodes and what goes wrong. Only for a network
and mount namespace of its own; /run is made empty in it.
"""

import os
import pathlib
import subprocess
import sys

import yaml

import cluster
from world import check, query, until

HERE = pathlib.Path(__file__).parent
LINUX, WINDOWS = 10093, 10094
RECORDING = "server2022-calico-30-pods"

# The other node: the API server is there, and one of its ports answers nothing.
UPLINK = f"""
ip netns add demo-outside
ip link add uplink0 type veth peer name eth0 netns demo-outside
ip address add {cluster.UPLINK}/24 dev uplink0
ip link set uplink0 up
ip -n demo-outside address add {cluster.OTHER}/24 dev eth0
ip -n demo-outside link set eth0 up
ip -n demo-outside link set lo up
tc qdisc add dev uplink0 root pfifo limit 100
echo 1 >/proc/sys/net/ipv4/ip_forward
ip netns exec demo-outside nft -f - <<NFT
table ip outside {{
    chain input {{
        type filter hook input priority 0
        tcp dport 6444 drop
        udp dport 5353 drop
    }}
}}
NFT
nft -f - <<NFT
table ip node {{
    chain translated {{
        type nat hook postrouting priority 100
        oifname uplink0 masquerade
    }}
    chain forwarded {{
        type filter hook forward priority 0
        udp dport 9997 drop
        udp dport 9998 counter drop
    }}
}}
NFT
"""
# What the demo's own namespaces get besides. Tables of an endpoint: with a counter, and with connections in them.
ENDPOINTS = """
ip address add 198.18.0.254/24 dev fovea-demo
ip -n demo-client route add default via 198.18.0.254
ip netns exec demo-server nft -f - <<NFT
table ip store {
    chain input {
        type filter hook input priority 0
        udp dport 9996 counter drop
        ct state established tcp dport 7003 numgen random mod 4 0 drop
    }
}
NFT
"""
SETTINGS = {
    "dns.names": True, "dns.timeout": 1,
    "conntrack.events": True, "conntrack.dump-interval": 1,
    "endpoints.reading-interval": 1,
    "packets.uplinks": "uplink0",
    "api-server.addresses": ",".join(f"{cluster.OTHER}:{port}" for port in (6443, 6444, 6445)),
    "nodes.probe-port": 6443, "nodes.probe-interval": 5,
    "kubernetes.node": cluster.NODE,
}
WINDOWS_SETTINGS = {"windows.vfp-rules": True, "windows.start-pktmon": True, "windows.packet-stream": True}


def variables(settings):
    """As the environment has them."""
    return {"FOVEA_" + key.upper().replace(".", "_").replace("-", "_"): str(value).lower() for key, value in settings.items()}


def shell(script):
    result = subprocess.run(["sh", "-ec", script], capture_output=True, text=True)
    if result.returncode:
        check("the network is laid out", result.stderr)


def start(scene, folder, repository):
    """FOLDER is where fovea and traffic are."""
    up = subprocess.check_output(["ip", "-oneline", "link", "show", "up"], text=True).splitlines()
    if len(up) != 1 or " lo: " not in up[0]:
        sys.exit(f"{sys.argv[0]}: not in namespaces of its own, as Tests/Deploy/run.sh has it run")
    shell("mount -t tmpfs tmpfs /run; mkdir /run/netns")
    shell(UPLINK)
    kubeconfig = scene.folder / "kubeconfig"
    cluster.serve(kubeconfig)
    settings = SETTINGS | {"state-directory": scene.folder / "state", "kubernetes.kubeconfig": kubeconfig}
    demo = scene.start("demo", repository / "deploy/demo.sh", "--bin", folder, "--port", LINUX,
                       env=os.environ | variables(settings))
    settings = WINDOWS_SETTINGS | {"state-directory": scene.folder / "windows", "server.port": WINDOWS}
    scene.start("windows", f"{folder}/fovea", "agent", "--replay", repository / "Tests/Fixtures/windows" / RECORDING,
                env=os.environ | variables(settings))
    if not until(lambda: b"fovea-demo-s" in subprocess.check_output(
            ["ip", "link"]), demo):
        check("the demo starts", scene.log("demo"))
    shell(ENDPOINTS)
    traffic = [f"{folder}/traffic", "tcp-serve", "--timeout", "3600", "--echo"]
    for name, port in [("demo-outside", 6443), ("demo-server", 7002), ("demo-server", 7003)]:
        scene.start(f"serve {port}", "ip", "netns", "exec", name, *traffic, "--port", port)
    for side in ("server", "client"):
        scene.start(f"errands {side}", "ip", "netns", "exec", f"demo-{side}", sys.executable, HERE / "errands.py", side)
    scene.start_prometheus({
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(path) for path in (repository / "deploy/chart/rules").glob("*.yaml")],
        "scrape_configs": [{"job_name": "fovea", "honor_labels": True, "static_configs": [
            {"targets": [f"127.0.0.1:{port}"], "labels": {"cluster": "demo", "instance": name}}
            for port, name in [(LINUX, cluster.NODE), (WINDOWS, "node-w")]]}]})
    if not until(lambda: len(query("fovea_build_info")) == 2, demo):
        check("Prometheus scrapes both agents", scene.log("demo") + scene.log("windows"))
