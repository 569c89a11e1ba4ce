#!/usr/bin/env python3
"""record.py FOLDER COMMAND: records what this kernel says of a small world whose numbers are known.

Makes two network namespaces (rec-host, rec-pod) joined by a link, sockets in every state, traffic of which a
known part is lost, a shaped queue that overflows; writes netlink answers, /proc and /sys into FOLDER, and takes
everything away again. COMMAND is what the files' first lines say they were made by. Tests know the numbers
below: change them together. Needs root; Tests/KernelMatrix/record.sh runs it on every kernel.
"""
import array
import ctypes
import fcntl
import os
import platform
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import layers  # noqa: E402

HOST, POD = "rec-host", "rec-pod"
CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)
V4, V6 = socket.AF_INET, socket.AF_INET6
ADDRESS = {(HOST, V4): "10.9.0.1", (POD, V4): "10.9.0.2", (HOST, V6): "fd09::1", (POD, V6): "fd09::2"}
MAC = {HOST: "02:00:00:00:00:01", POD: "02:00:00:00:00:02"}
PROC = ["snmp", "snmp6", "netstat", "sockstat", "sockstat6", "softnet_stat"]
NO_PORTS, RECEIVE_BUFFER, SHAPED = 7, 40, 30


def enter(namespace):
    with open(f"/run/netns/{namespace}") as file:
        if LIBC.setns(file.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")


def run(commands):
    for command in commands.strip().splitlines():
        subprocess.run(command.split(), check=True, stdout=subprocess.DEVNULL)


def within(namespace, *arguments):
    """A socket made in a namespace stays in it."""
    enter(namespace)
    made = socket.socket(*arguments)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return made


def build():
    for name in (HOST, POD):
        run(f"ip netns add {name}")
        enter(name)
        # No chatter: what is counted is what is sent here.
        for path, value in (("conf/default/accept_dad", 0), ("conf/default/router_solicitations", 0),
                            ("conf/default/addr_gen_mode", 1)):
            with open(f"/proc/sys/net/ipv6/{path}", "w") as file:
                file.write(str(value))
        run("ip link set lo up")
    enter(HOST)
    run(f"""
        ip netns set {POD} 5
        ip link add index 10 name pod1 address {MAC[HOST]} type veth peer index 11 name eth0 address {MAC[POD]} netns {POD}
        ip link set pod1 up
        ip addr add 10.9.0.1/24 dev pod1
        ip addr add fd09::1/64 dev pod1 nodad
        ip -n {POD} link set eth0 up
        ip -n {POD} addr add 10.9.0.2/24 dev eth0
        ip -n {POD} addr add fd09::2/64 dev eth0 nodad
        ip route add default via 10.9.0.2 dev pod1
    """)
    for here, device, there in ((HOST, "pod1", POD), (POD, "eth0", HOST)):
        for family in (V4, V6):
            run(f"ip -n {here} neigh replace {ADDRESS[there, family]} lladdr {MAC[there]} dev {device} nud permanent")


def listen(family, port, backlog):
    server = within(POD, family, socket.SOCK_STREAM)
    if family == V6:
        server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    server.bind((ADDRESS[POD, family], port))
    server.listen(backlog)
    return server


def connect(family, port, server=None):
    client = within(HOST, family, socket.SOCK_STREAM)
    client.connect((ADDRESS[POD, family], port))
    return (client, server.accept()[0]) if server else client


def tcp():
    """For each family: a listener with nothing waiting and, through it, a connection with 1000 unread bytes, one
    without, one closed by its client only, one closed by both, the pod first, which waits; and a listener
    with a backlog of 2 and 2 connections that nobody accepted."""
    kept = []
    for family in (V4, V6):
        server = listen(family, 7000, 16)
        pairs = [connect(family, 7000, server) for _ in range(3)]
        pairs[0][0].sendall(b"x" * 1000)
        gone = pairs.pop()
        gone[1].close()
        gone[0].recv(1)
        gone[0].close()
        half = connect(family, 7000, server)
        half[0].close()
        crowded = listen(family, 7001, 2)
        kept += [server, crowded, pairs, half, [connect(family, 7001) for _ in range(2)]]
    return kept


def overflow():
    """Fills an accept queue of 1 + 1, after which one more connection attempt finds it full."""
    server = listen(V4, 7002, 1)
    kept = [server, connect(V4, 7002), connect(V4, 7002)]
    late = within(HOST, V4, socket.SOCK_STREAM)
    late.setblocking(False)
    late.connect_ex((ADDRESS[POD, V4], 7002))
    # Its SYN has been dropped by the time that connect is back: the link is a function call.
    late.close()
    return kept


def udp():
    """NO_PORTS datagrams to a closed port; RECEIVE_BUFFER to a socket that has room for some, which are read
    and counted; 3 that stay unread; and a connected socket. Returns how many were read, too."""
    kept, read = [], {}
    for family in (V4, V6):
        full = within(POD, family, socket.SOCK_DGRAM)
        full.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        full.bind((ADDRESS[POD, family], 9001))
        reader = within(POD, family, socket.SOCK_DGRAM)
        reader.bind((ADDRESS[POD, family], 9002))
        connected = within(POD, family, socket.SOCK_DGRAM)
        connected.connect((ADDRESS[HOST, family], 9003))
        sender = within(HOST, family, socket.SOCK_DGRAM)
        for port, count in ((9000, NO_PORTS), (9001, RECEIVE_BUFFER), (9002, 3)):
            for _ in range(count):
                sender.sendto(b"y" * 500, (ADDRESS[POD, family], port))
        sender.close()
        time.sleep(0.2)
        read[family] = drain(full)
        kept += [full, reader, connected]
    return kept, read


def drain(full):
    full.setblocking(False)
    for count in range(RECEIVE_BUFFER + 1):
        try:
            full.recv(1000)
        except BlockingIOError:
            return count


def shape():
    """A queue of two packets behind a rate so low that what does not fit is lost."""
    enter(HOST)
    run("""
        tc qdisc replace dev pod1 root handle 1: htb default 1
        tc class add dev pod1 parent 1: classid 1:1 htb rate 8kbit burst 2k
        tc qdisc add dev pod1 parent 1:1 handle 2: pfifo limit 2
        tc qdisc add dev pod1 clsact
    """)
    sender = within(HOST, V4, socket.SOCK_DGRAM)
    for _ in range(SHAPED):
        sender.sendto(b"z" * 1000, (ADDRESS[POD, V4], 9000))
    sender.close()


def diag(family, protocol):
    """struct inet_diag_req_v2, every state."""
    header = struct.pack("=BBBBI", family, protocol, 0, 0, 0xFFFFFFFF) + bytes(48)
    return layers.ask(layers.SOCK_DIAG, 20, header)


# Name, whose namespace, what it is, netlink protocol, and what asks.
ANSWERS = [
    ("links", HOST, "RTM_GETLINK with statistics", layers.ROUTE,
     lambda: layers.ask(layers.ROUTE, 18, struct.pack("=BxHiII", 0, 0, 0, 0, 0))),
    ("addresses", HOST, "RTM_GETADDR", layers.ROUTE,
     lambda: layers.ask(layers.ROUTE, 22, struct.pack("=BBBBI", 0, 0, 0, 0, 0))),
    ("routes", HOST, "RTM_GETROUTE of both families", layers.ROUTE,
     lambda: layers.ask(layers.ROUTE, 26, struct.pack("=BBBBBBBBI", 0, 0, 0, 0, 0, 0, 0, 0, 0))),
    ("sockets-tcp4", POD, "SOCK_DIAG_BY_FAMILY, TCP over IPv4", layers.SOCK_DIAG, lambda: diag(V4, 6)),
    ("sockets-tcp6", POD, "SOCK_DIAG_BY_FAMILY, TCP over IPv6", layers.SOCK_DIAG, lambda: diag(V6, 6)),
    ("sockets-udp4", POD, "SOCK_DIAG_BY_FAMILY, UDP over IPv4", layers.SOCK_DIAG, lambda: diag(V4, 17)),
    ("sockets-udp6", POD, "SOCK_DIAG_BY_FAMILY, UDP over IPv6", layers.SOCK_DIAG, lambda: diag(V6, 17)),
]
# Recorded last: until then the link has no queue that traffic could wait in.
SHAPED_ANSWERS = [
    ("qdiscs", HOST, f"RTM_GETQDISC after {SHAPED} datagrams into a queue of two", layers.ROUTE,
     lambda: layers.ask(layers.ROUTE, 38, struct.pack("=BxxxiIII", 0, 0, 0, 0, 0))),
]


def ethtool(device, command):
    """The device's statistics (linux/ethtool.h): their names, or their values, after the kernel's own header."""
    asker = within(HOST, V4, socket.SOCK_DGRAM)

    def call(block):
        request = array.array("B", block)
        address, _ = request.buffer_info()
        fcntl.ioctl(asker, 0x8946, struct.pack("16sQ16x", device.encode(), address))
        return request.tobytes()

    count = struct.unpack_from("=I", call(struct.pack("=IIQI", 0x37, 0, 1 << 1, 0)), 16)[0]
    if command == "strings":
        return call(struct.pack("=III", 0x1B, 1, count) + bytes(32 * count))
    return call(struct.pack("=II", 0x1D, count) + bytes(8 * count))


class Recording:
    def __init__(self, folder, command):
        self.folder = folder
        self.first_line = f"Generated by {command} on Linux {platform.release()}"
        for part in ("netlink", "proc/net", "sys", "ethtool"):
            os.makedirs(f"{folder}/{part}", exist_ok=True)

    def answers(self, rows):
        for name, namespace, what, protocol, ask in rows:
            enter(namespace)
            layers.write(f"{self.folder}/netlink/{name}.hex", f"{self.first_line}: {what}", protocol, ask())

    def text(self, name, what, text):
        with open(f"{self.folder}/{name}", "w") as file:
            file.write(f"# {self.first_line}: {what}\n{text}")

    def files(self):
        enter(POD)
        for name in PROC:
            with open(f"/proc/thread-self/net/{name}") as file:
                self.text(f"proc/net/{name}", f"/proc/net/{name} of the pod", file.read())

    def devices(self):
        """/sys follows the namespace it was mounted in, so it is mounted anew."""
        lines = subprocess.run(
            ["ip", "netns", "exec", HOST, "sh", "-c",
             "cd /sys/class/net/pod1 && grep -r . statistics operstate mtu ifindex speed 2>/dev/null | sort"],
            capture_output=True, text=True, check=False).stdout
        self.text("sys/pod1", "the host's end of the link, in /sys/class/net/pod1", lines)
        for part in ("strings", "values"):
            data = ethtool("pod1", part)
            start, step = (12, 32) if part == "strings" else (8, 8)
            rows = [(data[:start], f"ethtool_{'gstrings' if part == 'strings' else 'stats'}")]
            for at in range(start, len(data), step):
                row = data[at:at + step]
                rows.append((row, row.split(b"\0")[0].decode() if step == 32 else int.from_bytes(row, "little")))
            self.text(f"ethtool/{part}.hex", f"ethtool {part} of the host's end of the link",
                      "".join(f"{row.hex()} # {what}\n" for row, what in rows))


def main():
    folder, command = sys.argv[1:]
    run = Recording(folder, command)
    try:
        build()
        kept = [tcp(), overflow()]
        datagrams, read = udp()
        time.sleep(0.5)
        run.text("truth", "what was read of the datagrams to a full buffer", "".join(
            f"{name} {read[family]}\n" for name, family in (("udp4", V4), ("udp6", V6))))
        run.answers(ANSWERS)
        run.files()
        run.devices()
        shape()
        run.answers(SHAPED_ANSWERS)
        del kept, datagrams
    finally:
        for name in (HOST, POD):
            subprocess.run(["ip", "netns", "del", name], check=False)


main()
