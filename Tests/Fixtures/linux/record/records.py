#!/usr/bin/env python3
"""records.py FOLDER COMMAND FOVEA: records what the BPF programs hold after traffic whose numbers are known.

Makes two network namespaces (rec-node, rec-pod) joined by a link, runs the agent FOVEA in rec-node and stops it in its
tracks once it counts, so that nothing takes anything out of its maps. Then the traffic of the numbers below, and what the
maps hold is written to FOLDER/bpf/records, as the kernel gives it, 8 bytes a line, noughts left out. COMMAND is what the
files' first lines say they were made by. Tests know the numbers: change them together. Needs root.
"""
import ctypes
import mmap
import os
import platform
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request

NODE, POD = "rec-node", "rec-pod"
LIBC = ctypes.CDLL(None, use_errno=True)
V4, V6 = socket.AF_INET, socket.AF_INET6
ADDRESS = {(NODE, V4): "10.9.0.1", (POD, V4): "10.9.0.2", (NODE, V6): "fd09::1", (POD, V6): "fd09::2"}
MAC = {NODE: "02:00:00:00:00:01", POD: "02:00:00:00:00:02"}
DATAGRAMS = {V4: 30, V6: 20}  # pod to node, port 9000, 10 bytes each
FILTERED = {V4: 12, V6: 5}  # node to pod, port 9001, dropped by a rule
CLOSED = 7  # node to pod, port 9002
CONNECTIONS, DECLINED = 5, 3  # pod to node, ports 9003 and 9004
ANSWERED, NONEXISTENT, UNANSWERED = 4, 2, 1  # DNS, pod to node
SETTINGS = {"server.port": 10094, "packets.endpoints": 16, "packets.flow-cache-bytes": 65536,
            "packets.tcp-connections": 64, "packets.uplinks": "none", "dns.names": "true",
            "dns.timeout": 60}
MAPS = ["endpoints", "flow_cache", "tcp_endpoints", "latencies", "tcp_flows_a", "tcp_flows_b", "drops",
        "netfilter_drops", "tcp_sockets", "dns_counters", "dns_pending", "dns_names"]
PER_CPU, ARRAYS, RING = (5, 6, 10), (2, 6), 27


def run(*commands, data=None):
    for command in commands:
        subprocess.run(command.split(), check=True, input=data, stdout=subprocess.DEVNULL)


def within(namespace, family, kind):
    """A socket made in a namespace stays in it."""
    with open(f"/run/netns/{namespace}") as file:
        if LIBC.setns(file.fileno(), 0x40000000):
            raise OSError(ctypes.get_errno(), "setns")
    return socket.socket(family, kind)


def build():
    for name in (NODE, POD):
        run(f"ip netns add {name}")
        # No chatter: what is counted is what is sent here.
        for setting in ("accept_dad=0", "router_solicitations=0", "addr_gen_mode=1"):
            run(f"ip netns exec {name} sysctl -qw net.ipv6.conf.default.{setting}")
        run(f"ip -n {name} link set lo up")
    run(f"ip -n {NODE} link add pod1 address {MAC[NODE]} type veth peer name eth0 address {MAC[POD]} netns {POD}",
        f"ip -n {NODE} link set pod1 up", f"ip -n {POD} link set eth0 up")
    for here, device, there in ((NODE, "pod1", POD), (POD, "eth0", NODE)):
        for family, length in ((V4, 24), (V6, 64)):
            run(f"ip -n {here} addr add {ADDRESS[here, family]}/{length} dev {device}" + (" nodad" if family == V6 else ""),
                f"ip -n {here} neigh replace {ADDRESS[there, family]} lladdr {MAC[there]} dev {device} nud permanent")
        # Emulated CPUs stand still for longer than TCP waits before it sends again.
        run(f"ip -n {here} route replace 10.9.0.0/24 dev {device} rto_min 20s")
    run(f"ip netns exec {POD} nft -f -", data=b"""table inet rec {
        chain in { type filter hook input priority 0; udp dport 9001 counter drop; }
    }""")


def start(fovea, folder):
    """The agent, counting the pod's packets, standing still."""
    command = ["ip", "netns", "exec", NODE, fovea, "agent", "--set", f"state-directory={folder}/state"]
    for key, value in SETTINGS.items():
        command += ["--set", f"{key}={value}"]
    agent = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    within(NODE, V4, socket.SOCK_STREAM).close()
    for _ in range(2000):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{SETTINGS['server.port']}/metrics", timeout=60) as page:
                if b'pod="rec-pod"' in page.read():
                    agent.send_signal(signal.SIGSTOP)
                    return agent
        except OSError:
            pass
        if agent.poll() is not None:
            break
        time.sleep(0.1)
    agent.kill()
    raise SystemExit("the agent does not count the pod")


def datagrams(sender, family, port, count, receiver):
    with within(sender, family, socket.SOCK_DGRAM) as out:
        for _ in range(count):
            out.sendto(b"x" * 10, (ADDRESS[receiver, family], port))


def converse():
    server = within(NODE, V4, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((ADDRESS[NODE, V4], 9003))
    server.listen(16)
    for _ in range(CONNECTIONS):
        client = within(POD, V4, socket.SOCK_STREAM)
        client.connect((ADDRESS[NODE, V4], 9003))
        accepted = server.accept()[0]
        client.sendall(b"q" * 100)
        accepted.recv(100, socket.MSG_WAITALL)
        accepted.sendall(b"a" * 100)
        client.recv(100, socket.MSG_WAITALL)
        client.close()
        accepted.recv(1)
        accepted.close()
    for _ in range(DECLINED):
        client = within(POD, V4, socket.SOCK_STREAM)
        assert client.connect_ex((ADDRESS[NODE, V4], 9004))
        client.close()


def resolve():
    server = within(NODE, V4, socket.SOCK_DGRAM)
    server.bind((ADDRESS[NODE, V4], 53))
    client = within(POD, V4, socket.SOCK_DGRAM)
    for number, code in enumerate([0] * ANSWERED + [3] * NONEXISTENT + [None] * UNANSWERED):
        name = b"\2nx\7example\3com\0" if code else b"\3www\7example\3com\0"
        question = name + struct.pack(">HH", 28 if code else 1, 1)
        client.sendto(struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0) + question, (ADDRESS[NODE, V4], 53))
        _, asker = server.recvfrom(512)
        if code is not None:
            server.sendto(struct.pack(">HHHHHH", number, 0x8180 | code, 1, 0, 0, 0) + question, asker)
            client.recvfrom(512)


def talk():
    sinks = []
    for family in (V4, V6):
        sinks.append(within(NODE, family, socket.SOCK_DGRAM))
        sinks[-1].bind((ADDRESS[NODE, family], 9000))
        datagrams(POD, family, 9000, DATAGRAMS[family], NODE)
        datagrams(NODE, family, 9001, FILTERED[family], POD)
    datagrams(NODE, V4, 9002, CLOSED, POD)
    converse()
    resolve()
    time.sleep(0.5)


def bpf(command, attributes):
    """bpf(2) with these attributes, which it may change."""
    block = ctypes.create_string_buffer(attributes, 128)
    result = LIBC.syscall(321 if platform.machine() == "x86_64" else 280, command, block, 128)
    if result < 0:
        raise OSError(ctypes.get_errno(), f"bpf command {command}")
    return result, block.raw


class Map:
    def __init__(self, number):
        self.descriptor, _ = bpf(14, struct.pack("=II", number, 0))
        info = ctypes.create_string_buffer(88)
        bpf(15, struct.pack("=IIQ", self.descriptor, 88, ctypes.addressof(info)))
        self.kind, _, self.key, self.value, self.size, _ = struct.unpack_from("=6I", info.raw)
        self.name = info.raw[24:40].split(b"\0")[0].decode()
        if self.kind in PER_CPU:
            self.value = (self.value + 7) // 8 * 8 * cpus()

    def keys(self):
        if self.kind in ARRAYS:
            yield from (struct.pack("=I", place) for place in range(self.size))
            return
        key, following = None, ctypes.create_string_buffer(self.key)
        while True:
            before = ctypes.create_string_buffer(key, self.key) if key else None
            try:
                bpf(4, struct.pack("=IxxxxQQ", self.descriptor, ctypes.addressof(before) if before else 0,
                                   ctypes.addressof(following)))
            except OSError:
                return
            key = following.raw
            yield key

    def entries(self):
        if self.kind == RING:
            yield from self.records()
            return
        value = ctypes.create_string_buffer(self.value)
        for key in self.keys():
            place = ctypes.create_string_buffer(key, self.key)
            bpf(1, struct.pack("=IxxxxQQ", self.descriptor, ctypes.addressof(place), ctypes.addressof(value)))
            if any(value.raw):
                yield key, value.raw

    def records(self):
        """What lies in a ring: by number, as nobody has read any."""
        page = mmap.PAGESIZE
        with mmap.mmap(self.descriptor, page + 2 * self.size, mmap.MAP_SHARED, mmap.PROT_READ, offset=page) as ring:
            end, at, number = struct.unpack_from("=Q", ring)[0], 0, 0
            while at < end:
                length = struct.unpack_from("=I", ring, page + at)[0] & 0x3FFFFFFF
                yield struct.pack("=I", number), ring[page + at + 8:page + at + 8 + length]
                at += (length + 8 + 7) // 8 * 8
                number += 1


def cpus():
    with open("/sys/devices/system/cpu/possible") as file:
        return int(file.read().strip().split("-")[-1]) + 1


def maps_of(agent):
    """Those the process has open."""
    numbers = set()
    for name in os.listdir(f"/proc/{agent.pid}/fdinfo"):
        with open(f"/proc/{agent.pid}/fdinfo/{name}") as file:
            numbers |= {int(line.split()[1]) for line in file if line.startswith("map_id:")}
    return {one.name: one for one in map(Map, sorted(numbers))}


def functions(addresses):
    """The kernel functions they lie in, as lines of /proc/kallsyms."""
    found = {}
    with open("/proc/kallsyms") as file:
        for line in file:
            words = line.split()
            start = int(words[0], 16)
            if words[1] in "tT":
                for address in addresses:
                    if found.get(address, (0,))[0] < start <= address:
                        found[address] = (start, line)
    return sorted({line for _, line in found.values()})


def write(folder, command, maps):
    first = f"# Generated by {command} on Linux {platform.release()}"
    os.makedirs(f"{folder}/bpf", exist_ok=True)
    places = set()
    with open(f"{folder}/bpf/records", "w") as file:
        file.write(f"{first}: maps after known traffic; key, offset in the value, 8 bytes of it\n")
        file.write(f"cpus {cpus()}\n")
        for name in MAPS:
            one = maps[name]
            file.write(f"map {name} key={one.key or 4} value={one.value}\n")
            for key, value in one.entries():
                if name in ("drops", "netfilter_drops"):
                    places |= {struct.unpack_from("=Q", key)[0]} - {0}
                for at in range(0, len(value), 8):
                    if any(value[at:at + 8]):
                        file.write(f"{key.hex()} {at} {value[at:at + 8].hex()}\n")
                if not any(value):
                    file.write(f"{key.hex()} 0 {value[:8].hex()}\n")
    with open(f"{folder}/bpf/kallsyms", "w") as file:
        file.write(f"{first}: functions that packets were dropped in\n")
        file.writelines(functions(places))


def main():
    folder, command, fovea = sys.argv[1:]
    os.environ["no_proxy"] = "*"
    work, agent = tempfile.mkdtemp(), None
    try:
        build()
        agent = start(fovea, work)
        talk()
        write(folder, command, maps_of(agent))
    finally:
        if agent:
            agent.send_signal(signal.SIGCONT)
            agent.terminate()
            agent.wait()
        for name in (NODE, POD):
            subprocess.run(["ip", "netns", "del", name], check=False)
        shutil.rmtree(work)


main()
