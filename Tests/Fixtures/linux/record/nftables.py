#!/usr/bin/env python3
"""nftables.py FOLDER COMMAND: records what this kernel says of rules that have dropped a known number of packets.

Makes a network namespace (rec-nftables) that talks to itself, and takes it away again. Writes nf_tables' answers into
FOLDER as conntrack.py does. COMMAND is what the files' first lines say they were made by. Tests know the numbers:
change them together. Needs root.
"""
import ctypes
import os
import socket
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import conntrack  # noqa: E402

NAMESPACE = "rec-nftables"
NFTABLES = 10 << 8
RULES = """
table inet rec {
    chain deep { udp dport 9002 counter reject; }
    chain in {
        type filter hook input priority 0;
        udp dport 9000 counter drop
        udp dport 9001 drop
        counter udp dport 9003 drop
        udp dport 9004 counter accept
        jump deep
    }
}
table ip6 rec6 {
    chain out { type filter hook output priority 0; udp dport 9000 counter drop; }
}
"""
# Port, IPv6, datagrams.
SENT = [(9000, False, 5), (9001, False, 2), (9002, False, 3), (9003, False, 4), (9004, False, 6), (9000, True, 7)]
COUNTER = {1: "NFTA_COUNTER_BYTES", 2: "NFTA_COUNTER_PACKETS"}
RULE = {1: "NFTA_RULE_TABLE", 2: "NFTA_RULE_CHAIN", 3: "NFTA_RULE_HANDLE",
        4: ("NFTA_RULE_EXPRESSIONS", {1: ("NFTA_LIST_ELEM", {1: "NFTA_EXPR_NAME", 2: "NFTA_EXPR_DATA"})}),
        6: "NFTA_RULE_POSITION"}
CHAIN = {1: "NFTA_CHAIN_TABLE", 2: "NFTA_CHAIN_HANDLE", 3: "NFTA_CHAIN_NAME",
         4: ("NFTA_CHAIN_HOOK", {1: "NFTA_HOOK_HOOKNUM", 2: "NFTA_HOOK_PRIORITY"}), 5: "NFTA_CHAIN_POLICY",
         6: "NFTA_CHAIN_USE", 7: "NFTA_CHAIN_TYPE", 10: "NFTA_CHAIN_FLAGS"}
ANSWERS = [("nftables-chains", 4, "NFT_MSG_GETCHAIN", {NFTABLES | 3: ("NFT_MSG_NEWCHAIN", CHAIN)}),
           ("nftables-rules", 7, "NFT_MSG_GETRULE", {NFTABLES | 6: ("NFT_MSG_NEWRULE", RULE)})]


def build():
    conntrack.run(f"ip netns add {NAMESPACE}")
    with open(f"/run/netns/{NAMESPACE}") as file:
        if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), 0x40000000):
            raise OSError(ctypes.get_errno(), "setns")
    conntrack.run("ip link set lo up")
    conntrack.run("nft -f -", RULES.encode())


def talk():
    for port, six, count in SENT:
        for _ in range(count):
            sender = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM)
            try:
                sender.sendto(b"x", ("::1" if six else "127.0.0.1", port))
            except PermissionError:
                pass  # dropped on its way out
            sender.close()


def main():
    folder, command = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    try:
        build()
        talk()
        for name, kind, what, kinds in ANSWERS:
            conntrack.write(f"{folder}/{name}.hex", command, what, conntrack.ask(kind, 0x301, NFTABLES), kinds)
    finally:
        subprocess.run(["ip", "netns", "del", NAMESPACE], check=False)


main()
