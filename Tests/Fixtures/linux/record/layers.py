"""Asks the kernel over netlink, and writes its answers down so that a person can read them: hexadecimal bytes, one
layer of the protocol per line, then `#` and what they are.
"""
import socket
import struct

NETLINK_GET_STRICT_CHK = 12
ROUTE, SOCK_DIAG, NETFILTER = 0, 4, 12
NLMSG_ERROR, NLMSG_DONE = 2, 3


class Kind:
    """A type of message: its name, its header's, and its attributes' prefix and names by number."""

    def __init__(self, name, header, size, prefix, names):
        self.name, self.header, self.size, self.prefix, self.names = name, header, size, prefix, names


LINK = {1: "ADDRESS", 2: "BROADCAST", 3: "IFNAME", 4: "MTU", 5: "LINK", 6: "QDISC", 7: "STATS",
        10: "MASTER", 13: "TXQLEN", 14: "MAP", 16: "OPERSTATE", 17: "LINKMODE", 18: "LINKINFO",
        20: "IFALIAS", 23: "STATS64", 26: "AF_SPEC", 27: "GROUP", 30: "PROMISCUITY",
        31: "NUM_TX_QUEUES", 32: "NUM_RX_QUEUES", 33: "CARRIER", 35: "CARRIER_CHANGES",
        37: "LINK_NETNSID", 39: "PROTO_DOWN", 40: "GSO_MAX_SEGS", 41: "GSO_MAX_SIZE", 43: "XDP",
        47: "CARRIER_UP_COUNT", 48: "CARRIER_DOWN_COUNT", 50: "MIN_MTU", 51: "MAX_MTU",
        54: "PERM_ADDRESS", 58: "GRO_MAX_SIZE", 59: "TSO_MAX_SIZE", 60: "TSO_MAX_SEGS", 61: "ALLMULTI",
        62: "DEVLINK_PORT", 63: "GSO_IPV4_MAX_SIZE", 64: "GRO_IPV4_MAX_SIZE", 65: "DPLL_PIN",
        66: "MAX_PACING_OFFLOAD_HORIZON", 67: "NETNS_IMMUTABLE", 68: "HEADROOM", 69: "TAILROOM"}
ADDR = {1: "ADDRESS", 2: "LOCAL", 3: "LABEL", 4: "BROADCAST", 6: "CACHEINFO", 8: "FLAGS", 11: "PROTO"}
ROUTES = {1: "DST", 4: "OIF", 5: "GATEWAY", 6: "PRIORITY", 7: "PREFSRC", 8: "METRICS", 9: "MULTIPATH",
          12: "CACHEINFO", 15: "TABLE", 20: "PREF"}
TRAFFIC = {1: "KIND", 2: "OPTIONS", 3: "STATS", 4: "XSTATS", 7: "STATS2", 11: "CHAIN", 12: "HW_OFFLOAD",
           13: "INGRESS_BLOCK", 14: "EGRESS_BLOCK"}
DIAG = {1: "MEMINFO", 2: "INFO", 5: "TOS", 6: "TCLASS", 7: "SKMEMINFO", 8: "SHUTDOWN", 10: "PROTOCOL",
        11: "SKV6ONLY", 15: "MARK", 17: "CLASS_ID", 21: "CGROUP_ID", 22: "SOCKOPT"}
KINDS = {(ROUTE, 16): Kind("RTM_NEWLINK", "ifinfomsg", 16, "IFLA_", LINK),
         (ROUTE, 20): Kind("RTM_NEWADDR", "ifaddrmsg", 8, "IFA_", ADDR),
         (ROUTE, 24): Kind("RTM_NEWROUTE", "rtmsg", 12, "RTA_", ROUTES),
         (ROUTE, 36): Kind("RTM_NEWQDISC", "tcmsg", 20, "TCA_", TRAFFIC),
         (ROUTE, 44): Kind("RTM_NEWTFILTER", "tcmsg", 20, "TCA_", TRAFFIC),
         (SOCK_DIAG, 20): Kind("SOCK_DIAG_BY_FAMILY", "inet_diag_msg", 72, "INET_DIAG_", DIAG)}
# An attribute within which there are others: the prefix and the names of those.
NESTED = {"IFLA_LINKINFO": ("IFLA_INFO_", {1: "KIND", 2: "DATA", 4: "SLAVE_KIND", 5: "SLAVE_DATA"}),
          "TCA_STATS2": ("TCA_STATS_", {1: "BASIC", 2: "RATE_EST", 3: "QUEUE", 4: "APP", 5: "RATE_EST64",
                                        7: "BASIC_HW", 8: "PKT64"}),
          "TCA_OPTIONS of bpf": ("TCA_BPF_", {6: "FD", 7: "NAME", 8: "FLAGS"})}


def ask(protocol, kind, header, flags=0x301):
    """Everything the kernel answers to one request; 0x301 asks for a dump."""
    asker = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol)
    if protocol == ROUTE:
        asker.setsockopt(270, NETLINK_GET_STRICT_CHK, 1)
    asker.bind((0, 0))
    asker.send(struct.pack("=IHHII", 16 + len(header), kind, flags, 1, 0) + header)
    answer = b""
    while True:
        datagram = asker.recv(1 << 20)
        answer += datagram
        for length, kind, message in messages(datagram):
            if kind == NLMSG_ERROR and struct.unpack_from("=i", message, 16)[0]:
                raise OSError(-struct.unpack_from("=i", message, 16)[0], f"netlink {protocol}, type {kind}")
            if kind in (NLMSG_ERROR, NLMSG_DONE):
                return answer


def messages(answer):
    at = 0
    while at < len(answer):
        length, kind = struct.unpack_from("=IH", answer, at)
        yield length, kind, answer[at:at + (length + 3) // 4 * 4]
        at += (length + 3) // 4 * 4


def layers(protocol, answer):
    lines = []
    for _, number, message in messages(answer):
        kind = KINDS.get((protocol, number))
        if kind:
            lines.append((message[:16].hex(), f"nlmsghdr {kind.name}"))
            lines.append(("  " + message[16:16 + kind.size].hex(), kind.header))
            attributes(message[16 + kind.size:], kind.prefix, kind.names, 2, lines)
        else:
            name = {NLMSG_DONE: "NLMSG_DONE", NLMSG_ERROR: "NLMSG_ERROR"}.get(number, str(number))
            lines.append((message[:16].hex(), f"nlmsghdr {name}"))
            lines.append(("  " + message[16:].hex(), "result" if number == NLMSG_DONE else "payload"))
    return lines


def attributes(data, prefix, names, indent, lines):
    at, owner = 0, ""
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        name = prefix + names.get(kind & 0x3FFF, str(kind & 0x3FFF))
        padded = data[at:at + (length + 3) // 4 * 4]
        if name == "TCA_KIND":
            owner = padded[4:length].rstrip(b"\0").decode()
        inner = NESTED.get(name) or NESTED.get(f"{name} of {owner}")
        if inner:
            lines.append(("  " * indent + padded[:4].hex(), name))
            attributes(padded[4:], *inner, indent + 1, lines)
        else:
            lines.append(("  " * indent + padded.hex(), name))
        at += len(padded)
    if at < len(data):
        lines.append(("  " * indent + data[at:].hex(), "padding"))


def write(path, first_line, protocol, answer):
    lines = layers(protocol, answer)
    assert b"".join(bytes.fromhex(text) for text, _ in lines) == answer, path
    with open(path, "w") as file:
        file.write(f"# {first_line}\n")
        for text, layer in lines:
            file.write(f"{text} # {layer}\n")
