#!/usr/bin/env python3
"""conntrack.py FOLDER COMMAND: records what this kernel says of a connection table whose content is known.

Makes a network namespace (rec-conntrack) that talks to itself, and takes it away again. Writes ctnetlink's answers
into FOLDER as hexadecimal bytes, one layer of the protocol per line, then `#` and what they are. COMMAND is what the
files' first lines say they were made by. Tests know what is in the table: change them together. Needs root.
"""
import ctypes
import os
import platform
import socket
import struct
import subprocess
import sys
import time

NAMESPACE = "rec-conntrack"
V4, V6 = socket.AF_INET, socket.AF_INET6
HERE = {V4: "10.9.0.1", V6: "fd09::1"}
THERE = {V4: "10.9.0.2", V6: "fd09::2"}
RULES = """
table inet rec {
    chain early { type filter hook output priority -300; udp dport 9003 ct zone set 7; }
    chain late { type filter hook output priority 0; udp dport 9001 ct mark set 42; ct state new counter; }
    chain input { type filter hook input priority 0; tcp dport 7009 drop; }
}
table ip rec4 {
    chain service { type nat hook output priority -100; ip daddr 10.96.0.1 tcp dport 80 dnat to 10.9.0.2:7000; }
    chain leaving { type nat hook postrouting priority 100; udp dport 9002 snat to 10.9.0.3; }
}
"""
TUPLE = {1: ("CTA_TUPLE_IP", {1: "CTA_IP_V4_SRC", 2: "CTA_IP_V4_DST", 3: "CTA_IP_V6_SRC", 4: "CTA_IP_V6_DST"}),
         2: ("CTA_TUPLE_PROTO", {1: "CTA_PROTO_NUM", 2: "CTA_PROTO_SRC_PORT", 3: "CTA_PROTO_DST_PORT",
                                 4: "CTA_PROTO_ICMP_ID", 5: "CTA_PROTO_ICMP_TYPE", 6: "CTA_PROTO_ICMP_CODE"}),
         3: "CTA_TUPLE_ZONE"}
COUNTERS = {1: "CTA_COUNTERS_PACKETS", 2: "CTA_COUNTERS_BYTES"}
ENTRY = {1: ("CTA_TUPLE_ORIG", TUPLE), 2: ("CTA_TUPLE_REPLY", TUPLE), 3: "CTA_STATUS",
         4: ("CTA_PROTOINFO", {1: ("CTA_PROTOINFO_TCP", {
             1: "CTA_PROTOINFO_TCP_STATE", 2: "CTA_PROTOINFO_TCP_WSCALE_ORIGINAL",
             3: "CTA_PROTOINFO_TCP_WSCALE_REPLY", 4: "CTA_PROTOINFO_TCP_FLAGS_ORIGINAL",
             5: "CTA_PROTOINFO_TCP_FLAGS_REPLY"})}),
         7: "CTA_TIMEOUT", 8: "CTA_MARK", 9: ("CTA_COUNTERS_ORIG", COUNTERS), 10: ("CTA_COUNTERS_REPLY", COUNTERS),
         11: "CTA_USE", 12: "CTA_ID", 18: "CTA_ZONE", 20: "CTA_TIMESTAMP"}
STATISTICS = {2: "CTA_STATS_FOUND", 4: "CTA_STATS_INVALID", 5: "CTA_STATS_IGNORE", 8: "CTA_STATS_INSERT",
              9: "CTA_STATS_INSERT_FAILED", 10: "CTA_STATS_DROP", 11: "CTA_STATS_EARLY_DROP", 12: "CTA_STATS_ERROR",
              13: "CTA_STATS_SEARCH_RESTART", 14: "CTA_STATS_CLASH_RESOLVE", 15: "CTA_STATS_CHAIN_TOOLONG"}
SIZE = {1: "CTA_STATS_GLOBAL_ENTRIES", 2: "CTA_STATS_GLOBAL_MAX_ENTRIES"}
ANSWERS = [("conntrack-entries", 1, 0x301, "IPCTNL_MSG_CT_GET", {0x100: ("IPCTNL_MSG_CT_NEW", ENTRY)}),
           ("conntrack-statistics", 4, 0x301, "IPCTNL_MSG_CT_GET_STATS_CPU",
            {0x104: ("IPCTNL_MSG_CT_GET_STATS_CPU", STATISTICS)}),
           ("conntrack-size", 5, 1, "IPCTNL_MSG_CT_GET_STATS", {0x105: ("IPCTNL_MSG_CT_GET_STATS", SIZE)})]


def setting(name, value):
    with open(f"/proc/sys/net/{name}", "w") as file:
        file.write(str(value))


def run(command, stdin=None):
    subprocess.run(command.split(), check=True, input=stdin, stdout=subprocess.DEVNULL)


def build():
    run(f"ip netns add {NAMESPACE}")
    with open(f"/run/netns/{NAMESPACE}") as file:
        if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), 0x40000000):
            raise OSError(ctypes.get_errno(), "setns")
    run("ip link set lo up")
    for address in ("10.9.0.1/32", "10.9.0.2/32", "10.9.0.3/32", "10.96.0.1/32", "fd09::1/128", "fd09::2/128"):
        run(f"ip addr add {address} dev lo")
    run("nft -f -", RULES.encode())
    setting("netfilter/nf_conntrack_acct", 1)


def bound(family, kind, port=0, address=HERE):
    made = socket.socket(family, kind)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((address[family], port))
    return made


def talk():
    """TCP: 3 established to port 7000 over IPv4 and 2 over IPv6, one more of IPv4 by way of 10.96.0.1:80, one that
    its client closed and then its server (TIME_WAIT), one whose SYN nobody answers. UDP: 2 unanswered to port 9000
    over IPv4 and 1 over IPv6, one answered from port 9004, one with mark 42 to 9001, one sent on as from 10.9.0.3 to
    9002, one in zone 7 to 9003. ICMP: one echo, answered. And 5 TCP segments with SYN and RST, which are invalid."""
    kept = []
    for family, count in ((V4, 3), (V6, 2)):
        server = bound(family, socket.SOCK_STREAM, 7000, THERE)
        server.listen(16)
        targets = [(THERE[family], 7000)] * count + [("10.96.0.1", 80)] * (family == V4)
        kept.append(server)
        for target in targets:
            client = bound(family, socket.SOCK_STREAM)
            client.connect(target)
            kept += [client, server.accept()[0]]
        if family == V4:
            client = bound(family, socket.SOCK_STREAM)
            client.connect((THERE[V4], 7000))
            accepted = server.accept()[0]
            client.shutdown(socket.SHUT_WR)
            accepted.recv(1)
            accepted.close()
            client.recv(1)
            client.close()
    silent = bound(V4, socket.SOCK_STREAM)
    silent.setblocking(False)
    silent.connect_ex((THERE[V4], 7009))
    kept.append(silent)
    kept += [bound(family, socket.SOCK_DGRAM, port, THERE) for family, port in
             ((V4, 9000), (V6, 9000), (V4, 9001), (V4, 9002), (V4, 9003))]
    for family, port in ((V4, 9000), (V4, 9000), (V6, 9000), (V4, 9001), (V4, 9002), (V4, 9003)):
        sender = bound(family, socket.SOCK_DGRAM)
        sender.sendto(b"x" * 10, (THERE[family], port))
        kept.append(sender)
    answers, asks = bound(V4, socket.SOCK_DGRAM, 9004, THERE), bound(V4, socket.SOCK_DGRAM)
    asks.sendto(b"x" * 10, (THERE[V4], 9004))
    answers.sendto(b"y" * 20, answers.recvfrom(10)[1])
    echo = socket.socket(V4, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    echo.bind((HERE[V4], 0))
    # Type 8, code 0, its checksum, identifier 0x1234, sequence 1.
    echo.sendto(struct.pack(">BBHHH", 8, 0, 0xE5CA, 0x1234, 1), (THERE[V4], 0))
    segments = socket.socket(V4, socket.SOCK_RAW, socket.IPPROTO_TCP)
    segments.bind((HERE[V4], 0))
    for number in range(5):
        segments.sendto(struct.pack(">HHIIBBHHH", 1000 + number, 7000, 1, 0, 0x50, 0x06, 0, 0, 0), (THERE[V4], 0))
    time.sleep(0.5)
    return kept + [answers, asks]


def ask(kind, flags, subsystem=0x100):
    asker = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
    asker.bind((0, 0))
    asker.send(struct.pack("=IHHIIBBH", 20, subsystem | kind, flags, 1, 0, 0, 0, 0))
    answer = b""
    while True:
        datagram = asker.recv(1 << 20)
        answer += datagram
        for number, _ in messages(datagram):
            if number in (2, 3) or flags == 1:
                return answer


def messages(answer):
    at = 0
    while at < len(answer):
        length, kind = struct.unpack_from("=IH", answer, at)
        yield kind, answer[at:at + (length + 3) // 4 * 4]
        at += (length + 3) // 4 * 4


def layers(answer, kinds):
    for number, message in messages(answer):
        if number not in kinds:
            yield message[:16], "nlmsghdr NLMSG_DONE", 0
            yield message[16:], "result", 1
            continue
        name, attributes = kinds[number]
        yield message[:16], f"nlmsghdr {name}", 0
        yield message[16:20], "nfgenmsg", 1
        yield from attribute_layers(message[20:], attributes, 2)


def attribute_layers(data, names, depth):
    at = 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        padded = data[at:at + (length + 3) // 4 * 4]
        name = names.get(kind & 0x3FFF, f"attribute {kind & 0x3FFF}")
        if isinstance(name, tuple):
            yield padded[:4], name[0], depth
            yield from attribute_layers(data[at + 4:at + length], name[1], depth + 1)
            if len(padded) > length:
                yield padded[length:], "padding", depth
        else:
            yield padded, name, depth
        at += len(padded)


def write(path, command, what, answer, kinds):
    lines = list(layers(answer, kinds))
    assert b"".join(data for data, _, _ in lines) == answer, what
    with open(path, "w") as file:
        file.write(f"# Generated by {command} on Linux {platform.release()}: {what}\n")
        for data, layer, depth in lines:
            file.write("  " * depth + f"{data.hex()} # {layer}\n")


def main():
    folder, command = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    try:
        build()
        kept = talk()
        for name, kind, flags, what, kinds in ANSWERS:
            write(f"{folder}/{name}.hex", command, what, ask(kind, flags), kinds)
        del kept
    finally:
        subprocess.run(["ip", "netns", "del", NAMESPACE], check=False)


if __name__ == "__main__":
    main()
