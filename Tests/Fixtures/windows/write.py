#!/usr/bin/env python3
"""Writes the folders of Windows nodes in NODES below: Tests/Fixtures/windows/write.py [FOLDER...].

No machine gave these answers. Each is in the documented format of its interface; the READMEs it writes say which source
has the format. Numbers are made from the number of the pod, so that tests can expect them.
"""
import json
import pathlib
import shutil
import struct
import sys
import uuid

HERE = pathlib.Path(__file__).parent
FORMATS = """\
Formats: HNS, hcsshim `internal/hns` and `hcn`, envelope as in Masterwow3/docker-netrestore; vfpctrl, the parsers of
microsoft/retina, microsoft/SdnDiagnostics and microsoft/wcnscripts; pktmon, microsoft/SDN's scripts and MicrosoftDocs/win32;
IP Helper, the structs of the Windows SDK; events, the manifest in jdu2600/Windows10EtwEvents."""

HNS5 = """\
Documents of HNS 5.1: members, spelling and case as of the remote endpoint in flannel-io/flannel, `pkg/backend/vxlan` (its
unit test for Windows), with what an endpoint of this node has besides from hcsshim `internal/hns`. `/globals/version` says
what the documents do; hcsshim, `internal/hns/hnsglobals.go`, has 7.2 for Windows 1803, so 5.1 is before. What such a system
does not have fails as a missing DLL, function or program does; which code HNS gives for namespaces then is a guess."""

NODES = {
    "server1709-flannel-overlay": dict(
        says="Windows Server 1709, Flannel, overlay, IPv4, two pods and an endpoint of another node; documents of HNS 5.1, no "
             "namespaces, no version 2 of the API, no pktmon.",
        version=(5, 1), kind="Overlay", cni="flannel-vxlan", pods=2, vfp="old", pktmon="none", services=1, formats=HNS5),
    "server2019-azure-cni-no-pods": dict(
        says="Server 2019, Azure CNI, l2bridge, IPv4, no pods; pktmon that has no counters yet.",
        version=(9, 2), kind="l2bridge", cni="azure", pods=0, vfp="old", pktmon=None, wide=False),
    "server2019-flannel-overlay": dict(
        says="Server 2019, Flannel, overlay, IPv4, one pod and an endpoint of another node; vfpctrl's old layout; no API of "
             "the packet monitor, but its events.",
        version=(9, 2), kind="Overlay", cni="flannel", pods=1, vfp="old", pktmon=None, wide=False,
        compartments=True, packet_events=True),
    "server2022-calico-30-pods": dict(
        says="Server 2022, Calico, l2bridge, IPv4 and IPv6, 30 pods, services; everything answers. The golden scrape.",
        version=(13, 3), kind="L2Bridge", cni="calico", pods=30, dual=True, vfp="text", pktmon="json", perf=True,
        stream=True, services=4, events=True, compartments=True),
    "server2022-transparent-without-vfp": dict(
        says="Server 2022, transparent network, IPv4, one pod; vfpctrl is not installed and pktmon is somebody else's.",
        version=(13, 3), kind="Transparent", cni="win-bridge", pods=1, vfp=None, pktmon="busy"),
    "server2025-nat-hcn-only": dict(
        says="Server 2025, NAT, IPv4 and IPv6, one pod; only version 2 of HNS's API, which leaves the type NAT out.",
        version=(15, 4), kind="NAT", cni="nat", pods=1, dual=True, vfp="json", pktmon="json", hcn_only=True,
        services=1, compartments=True),
    "server2025-azure-cni-dual-stack": dict(
        says="Server 2025, Azure CNI, l2bridge, IPv4 and IPv6, three pods, services; vfpctrl in JSON.",
        version=(15, 4), kind="L2Bridge", cni="azure", pods=3, dual=True, vfp="json", pktmon="json", perf=True,
        services=2, compartments=True),
    "server2022-hns-restarts": dict(
        says="Server 2022, Azure CNI, l2bridge, two pods; HNS does not answer the second time, then counts anew.",
        version=(13, 3), kind="l2bridge", cni="azure", pods=2, vfp="json", pktmon=None, restarts=True),
}


def guid(kind, number):
    return str(uuid.UUID(int=(kind << 96) | (0x4000 << 64) | (0x8000 << 48) | number)).upper()


def sandbox(pod):
    return f"{pod:02x}5eed" + f"{pod * 7919:058x}"


def container(pod):
    """What runs in the pod beside its sandbox."""
    return f"{pod:02x}c0de" + f"{pod * 7919:058x}"


def hexed(data):
    """As HexText reads it: runs of one byte as one word."""
    words, place = [], 0
    while place < len(data):
        end = place
        while end < len(data) and data[end] == data[place]:
            end += 1
        run = end - place
        words += [f"{data[place]:02x}*{run}"] if run > 4 else [f"{data[place]:02x}"] * run
        place = end
    return "\n".join(" ".join(words[i:i + 24]) for i in range(0, len(words), 24)) + "\n"


class Node:
    def __init__(self, name, says, version, kind, cni, pods, vfp, pktmon, dual=False, perf=False, stream=False,
                 services=0, events=False, hcn_only=False, restarts=False, wide=True, compartments=False, formats=None,
                 packet_events=False):
        self.folder = HERE / name
        for part in ["hns", "hcn", "vfp", "pktmon", "iphelper", "perf", "events"]:
            shutil.rmtree(self.folder / part, ignore_errors=True)
        self.version = version[0] << 32 | version[1]
        self.kind, self.cni, self.pods, self.dual = kind, cni, pods, dual
        self.is_old = version < (7, 2)
        (self.folder).mkdir(exist_ok=True)
        self.put("README.md", f"# {name}: written, not recorded\n\n{says}\n\nWritten by `../write.py`.\n{FORMATS}\n"
                 + (f"\n{formats}\n" if formats else ""))
        self.hcn(services) if hcn_only else self.hns(version, services)
        if restarts:
            self.restart()
        self.vfp(vfp)
        self.pktmon(pktmon)
        self.iphelper(wide)
        for pod in range(1, pods + 1) if compartments else []:
            self.compartment(pod, wide)
        if perf:
            self.perf()
        if stream:
            self.put("pktmon/stream.hex", hexed(self.stream()))
        if events:
            self.put("events/dns-client.hex", hexed(self.events()))
        if packet_events:
            self.put("pktmon/stream.error", "0x8007007E\n")
            self.put("events/pktmon.hex", hexed(self.packet_events()))

    def put(self, path, text):
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def json(self, path, value):
        self.put(path, json.dumps(value) + "\n")

    def answer(self, path, output):
        self.json(f"hns/{path}.json", {"Output": output, "Success": True})

    # Endpoints

    def name(self, pod):
        return {"azure": f"{sandbox(pod)[:8]}-eth0", "calico": f"{sandbox(pod)}_Calico",
                "flannel": f"{sandbox(pod)}_flannel.4096", "flannel-vxlan": f"{sandbox(pod)}_vxlan0",
                "win-bridge": f"{sandbox(pod)}_external", "nat": "default-test_nat"}[self.cni]

    def mac(self, pod):
        if self.is_old:
            return f"0E-2A-0A-F4-02-{pod + 10:02X}"
        return f"00-15-5D-0A-{pod >> 8:02X}-{pod & 255:02X}"

    def old_endpoint(self, pod):
        return {
            "ActivityId": guid(0x1A, pod), "DNSServerList": "10.0.0.10", "EncapOverhead": 50,
            "GatewayAddress": "10.244.2.1", "ID": guid(0xE, pod).lower(), "IPAddress": f"10.244.2.{pod + 10}",
            "MacAddress": f"0E-2A-0a-f4-02-{pod + 10:02x}", "Name": self.name(pod),
            "Policies": [{"PA": "10.123.74.75", "Type": "PA"},
                         {"ExceptionList": ["10.244.0.0/16"], "Type": "OutBoundNAT"}],
            "PrefixLength": 16,
            "Resources": {"AllocationOrder": 2, "Allocators": [
                {"AllocationOrder": 0, "CA": f"10.244.2.{pod + 10}", "ID": guid(0x1B, pod).lower(), "IsLocal": True,
                 "IsPolicy": True, "PA": "10.123.74.75", "Tag": "VNET Policy", "Type": 3},
                # The second pod's is found by its MAC address in vfpctrl's list alone.
                {"AllocationOrder": 1, "EndpointPortGuid": guid(0xF, pod).lower() if pod == 1 else "",
                 "Tag": "Endpoint Port", "Type": 1}],
                "ID": guid(0x1A, pod).lower(), "PortOperationTime": 0, "State": 1, "SwitchOperationTime": 0,
                "VfpOperationTime": 0, "parentId": guid(0x1C, 1).lower()},
            "SharedContainers": [sandbox(pod), container(pod)], "State": 3, "Type": self.kind, "Version": self.version,
            "VirtualNetwork": guid(0xA, 1).lower(), "VirtualNetworkName": "vxlan0"}

    def endpoint(self, pod):
        if self.is_old:
            return self.old_endpoint(pod)
        value = {
            "ID": guid(0xE, pod), "Name": self.name(pod), "VirtualNetwork": guid(0xA, 1), "State": 3,
            "MacAddress": self.mac(pod), "IPAddress": f"10.244.2.{pod + 10}", "PrefixLength": 24,
            "GatewayAddress": "10.244.2.1", "DNSServerList": "10.0.0.10", "Type": self.kind, "Version": self.version,
            "Namespace": {"ID": guid(0xD, pod)}, "SharedContainers": [sandbox(pod)],
            "Policies": [{"Type": "ACL", "Action": "Allow", "Direction": "Out", "Priority": 200},
                         {"Type": "OutBoundNAT", "ExceptionList": ["10.244.0.0/16"]},
                         {"Type": "ROUTE", "DestinationPrefix": "10.0.0.0/16", "NeedEncap": True}],
            "Resources": {"Allocators": [{"Tag": "Endpoint Port", "EndpointPortGuid": guid(0xF, pod)}]}}
        if self.dual:
            value |= {"IPv6Address": f"fd00:10:244:2::{pod + 10:x}", "IPv6PrefixLength": 64}
        return value

    def remote(self):
        if self.is_old:
            return self.old_endpoint(0x83) | {
                "Name": "remote_10.244.3.20", "IPAddress": "10.244.3.20", "MacAddress": "0E-2A-0a-f4-03-14", "State": 1,
                "Policies": [{"PA": "10.123.74.74", "Type": "PA"}], "IsRemoteEndpoint": True, "SharedContainers": [],
                "ID": guid(0xE, 0x9999).lower()}
        return {"ID": guid(0xE, 0x9999), "Name": "Ethernet", "IPAddress": "10.244.3.20", "IsRemoteEndpoint": True,
                "MacAddress": "02-11-0a-f4-03-14", "State": 1, "VirtualNetwork": guid(0xA, 1), "Version": self.version}

    def stats(self, pod, scale=1):
        return {"BytesReceived": scale * (100000 + pod), "BytesSent": scale * (50000 + pod),
                "DroppedPacketsIncoming": scale * (pod % 3), "EndpointId": guid(0xE, pod),
                "InstanceId": guid(0xC, pod), "PacketsReceived": scale * (1000 + pod), "PacketsSent": scale * (500 + pod)}

    def hns(self, version, services):
        self.answer("globals/version", {"Major": version[0], "Minor": version[1]})
        self.answer("endpoints", [self.endpoint(pod) for pod in range(1, self.pods + 1)] + [self.remote()])
        for pod in range(1, self.pods + 1):
            self.answer(f"endpointstats/{guid(0xE, pod).lower()}", self.stats(pod))
        self.answer("networks", [{
            "ID": guid(0xA, 1), "Name": "External", "Type": self.kind, "Version": self.version,
            "Subnets": [{"AddressPrefix": "10.244.2.0/24", "GatewayAddress": "10.244.2.1"}]}])
        if self.is_old:
            # Neither namespaces nor version 2 of the API are there yet.
            self.put("hns/namespaces.error", "0x80070032\n")
            self.put("hcn/networks.error", "0x8007007E\n")
        else:
            self.answer("namespaces", [{
                "ID": guid(0xD, pod), "CompartmentId": pod + 1, "Containers": [sandbox(pod), container(pod)],
                "ResourceList": [{"Type": "Endpoint", "Data": {"Id": guid(0xE, pod)}}]}
                for pod in range(1, self.pods + 1)])
        self.answer("policylists", [{
            "ID": guid(0xB, service), "State": 1,
            "References": [f"/endpoints/{guid(0xE, pod)}" for pod in self.backends(service)],
            "Policies": [{"Type": "ELB", "Protocol": 6, "InternalPort": 8080, "ExternalPort": 80, "IsDSR": True,
                          "VIPs": [f"10.0.0.{service + 20}"]}]} for service in range(1, services + 1)])

    def backends(self, service):
        """The last service has none."""
        return [] if service == 4 else [pod for pod in [service, service + 10, 0x9999] if pod <= self.pods or pod > 999]

    def hcn(self, services):
        self.put("hns/endpoints.error", "0x8007007F\n")
        objects = {
            "networks": [{"ID": guid(0xA, 1), "Name": "nat", "Ipams": [
                {"Type": "Static", "Subnets": [{"IpAddressPrefix": "10.244.2.0/24"}]}]}],
            "endpoints": [{
                "ID": guid(0xE, pod), "Name": self.name(pod), "HostComputeNetwork": guid(0xA, 1), "State": 3,
                "HostComputeNamespace": guid(0xD, pod), "MacAddress": self.mac(pod),
                "IpConfigurations": [{"IpAddress": f"10.244.2.{pod + 10}", "PrefixLength": 24},
                                     {"IpAddress": f"fd00:10:244:2::{pod + 10:x}", "PrefixLength": 64}]}
                for pod in range(1, self.pods + 1)],
            "namespaces": [{"ID": guid(0xD, pod), "NamespaceId": pod + 1, "Resources": [
                {"Type": "Container", "Data": {"Id": sandbox(pod)}},
                {"Type": "Container", "Data": {"Id": container(pod)}},
                {"Type": "Endpoint", "Data": {"Id": guid(0xE, pod)}}]} for pod in range(1, self.pods + 1)],
            "loadbalancers": [{
                "ID": guid(0xB, service), "HostComputeEndpoints": [guid(0xE, 1)], "Flags": 1,
                "FrontendVIPs": [f"10.0.0.{service + 20}"],
                "PortMappings": [{"Protocol": 17, "InternalPort": 5353, "ExternalPort": 53}]}
                for service in range(1, services + 1)],
        }
        for kind, documents in objects.items():
            # One that goes between the list and the question for it.
            gone = [guid(0xB, 0x77)] if kind == "loadbalancers" else []
            self.json(f"hcn/{kind}.json", [value["ID"] for value in documents] + gone)
            for value in documents:
                self.json(f"hcn/{kind}/{value['ID'].lower()}.json", value)
            for identifier in gone:
                self.put(f"hcn/{kind}/{identifier.lower()}.error", "0x80070490 {\"Success\":false}\n")

    def restart(self):
        """The second question fails: RPC is not there. Then counters are smaller, and one endpoint is another."""
        self.put("hns/endpoints.2.error", "0x800706BA\n")
        again = [self.endpoint(1), self.endpoint(2) | {"ID": guid(0xE, 3)}]
        self.answer("endpoints.3", again)
        self.json(f"hns/endpointstats/{guid(0xE, 1).lower()}.2.json", {
            "Output": {"EndpointId": guid(0xE, 1), "PacketsReceived": 7, "PacketsSent": 3, "BytesReceived": 70,
                       "BytesSent": 30}, "Success": True})
        self.answer(f"endpointstats/{guid(0xE, 3).lower()}", {
            "EndpointId": guid(0xE, 3), "PacketsReceived": 5, "PacketsSent": 2, "BytesReceived": 50, "BytesSent": 20})

    # VFP

    KEYS = ["SYN packets", "SYN-ACK packets", "FIN packets", "RST packets", "TCP Connections Verified",
            "TCP Connections Timed Out", "TCP Connections Reset", "TCP Connections Reset by SYN",
            "TCP Connections Closed by FIN", "TCP Half Open Timeouts", "TCP Connections Expired to Time Wait",
            "Total packets", "Total bytes", "Dropped ACL packets"]
    JSON = ["TcpSynPackets", "TcpSynAckPackets", "TcpFinPackets", "TcpResetPackets", "TcpConnectionsVerified",
            "TcpConnectionsTimedOut", "TcpConnectionsResets", "TcpConnectionsResetBySyn", "TcpConnectionsClosedByFin",
            "TcpHalfOpenTimeouts", "TcpConnectionsExpiredToTimeWait", "TotalPackets", "TotalBytes", "DroppedAcl"]

    def counts(self, pod, direction):
        base = 10 * pod + direction
        return [base + place for place in range(11)] + [1000 + base, 100000 + base, pod % 2 * (direction + 1)]

    def vfp(self, layout):
        if layout is None:
            self.put("vfp/ports.error", "0x80070002\n")
            return
        pods = range(1, self.pods + 1)
        names = [(guid(0xF, 0), "ExternalPort", "00-15-5D-00-00-01")] + [
            (guid(0xF, pod), f"Container NIC {pod:08x}" if self.is_old else guid(0xE, pod), self.mac(pod)) for pod in pods]
        if layout == "json":
            self.json("vfp/ports.txt", {"Ports": [
                {"Id": friendly, "Name": name, "MacAddress": mac.replace("-", "")} for name, friendly, mac in names]})
        else:
            self.put("vfp/ports.txt", "\r\n".join(
                ["", "ITEM LIST", "===========", ""] + [
                    f"  Port name             : {name}\r\n  Port Friendly name    : {friendly}\r\n"
                    f"  Port type:            : Synthetic\r\n   Port is Initialized.\r\n"
                    f"  MAC address           : {mac}\r\n" for name, friendly, mac in names]
                + ["Command list-vmswitch-port succeeded!", ""]))
        for pod in pods:
            self.put(f"vfp/counters/{guid(0xF, pod).lower()}.txt", self.counters(pod, layout))
            if layout != "old":
                self.put(f"vfp/rule-counters/{guid(0xF, pod).lower()}.txt", self.rules(pod, layout))

    def counters(self, pod, layout):
        if layout == "json":
            return json.dumps({"InformationArray": [{"PortCounters": [
                {"Direction": direction} | dict(zip(self.JSON, self.counts(pod, direction)))
                for direction in [0, 1]]}]}) + "\n"
        end, space = ("\n", "") if layout == "old" else ("\r\n", "  ")
        lines = ["", "Port counters", ""]
        for direction, word in enumerate(["OUT", "IN"]):
            lines.append(f"Direction - {word}")
            lines += [f"{space}{key} : {value}" for key, value in zip(self.KEYS, self.counts(pod, direction))]
        return end.join(lines + ["", "Command get-port-counter succeeded!", ""])

    def rules(self, pod, layout):
        """One that drops, one that lets through, one that translates, and one that never matched."""
        tree = {"ACL_ENDPOINT_LAYER": {"ACL_GROUP_IN": [("block-db", 10 + pod, 10 + pod), ("allow-all", 900 + pod, 0)]},
                "SLB_NAT_LAYER": {"SLB_GROUP_NAT_IPv4_OUT": [("SNAT", 500 + pod, 0), ("unused", 0, 0)]}}
        if layout == "json":
            return json.dumps({"Layers": [{"Name": layer, "Groups": [{"Name": group, "Rules": [
                {"Id": rule, "InformationArray": [{"RuleCounters": {
                    "MatchedPackets": matched, "DroppedPackets": dropped, "PendingPackets": 0}}]}
                for rule, matched, dropped in rules]} for group, rules in groups.items()]}
                for layer, groups in tree.items()]}) + "\n"
        lines = [""]
        for layer, groups in tree.items():
            lines.append(f"LAYER : {layer}")
            for group, rules in groups.items():
                lines += [f"  GROUP : {group}", f"    Direction : {group.rsplit('_', 1)[1]}"]
                for rule, matched, dropped in rules:
                    lines += [f"    RULE : {rule}", f"      Matched packets : {matched}",
                              f"      Dropped packets : {dropped}", "      Pending packets : 0"]
        return "\r\n".join(lines + ["", "Command get-rule-counter succeeded!", ""])

    # The packet monitor

    def pktmon(self, state):
        if state == "none":
            self.put("pktmon/counters.error", "0x80070002\n")
        if state is None:
            self.put("pktmon/counters.error", "exit 87 Unknown parameter 'counters'\n")
        if state == "busy":
            self.put("pktmon/start.error", "exit 1 Packet Monitor is already started.\n")
            self.put("pktmon/counters.error", "exit 1 \n")
        if state == "json":
            def counter(name, kind, packets, **more):
                return {"Name": name, "Type": kind, "Inbound": {"Packets": packets, "Bytes": 60 * packets},
                        "Outbound": {"Packets": 2 * packets, "Bytes": 120 * packets}} | more
            self.json("pktmon/counters.json", [
                {"Group": "Ethernet", "Components": [
                    {"Name": "Ethernet", "Type": "Miniport", "Id": 12, "Counters": [counter("Upper", "Flow", 1000)]},
                    {"Name": "TCPIP", "Type": "Protocol", "Id": 14, "Counters": [
                        counter("Lower", "Flow", 990), counter("Lower", "Drop", 7, DropReason=601)]}]},
                {"Group": "External", "Components": [
                    {"Name": "vfpext.sys", "Type": "Filter", "Id": 21, "Counters": [
                        counter("Upper", "Drop", 3, DropReason="FailedSecurityPolicy")]}]}])

            # The same without counters; one of them is known by two numbers.
            self.json("pktmon/components.json", [
                {"Group": "Ethernet", "Components": [
                    {"Name": "Ethernet", "Type": "Miniport", "Id": 12, "SecondaryId": 13, "Properties": [
                        {"Name": "MAC Address", "Value": "00-15-5D-00-00-01"}, {"Name": "ifIndex", "Value": 5}]},
                    {"Name": "TCPIP", "Type": "Protocol", "Id": 14, "Properties": []}]},
                {"Group": "External", "Components": [
                    {"Name": "vfpext.sys", "Type": "Filter", "Id": 21, "SecondaryId": 22, "Properties": []}]}])

    def stream(self):
        def record(reason, location, direction, missed=0, component=14):
            metadata = struct.pack("<QHHHHHHHIIHQ", 1, 1, 0, direction, 1, component, 1, 0, reason, location, 0,
                                   132062690972642312)
            return struct.pack("<6I", len(metadata), 0, 0, 60, missed, 0) + metadata
        # Two in TCP/IP, one of the virtual switch, one of VFP, one without a name, and one that goes on.
        return (record(601, 0xE0004101, 3) * 2 + record(16, 0xE0002001, 5, component=21)
                + record(8, 0xE0006001, 6, component=22) + record(54321, 0xE0004101, 4, missed=9, component=77)
                + record(0, 0, 3))

    # IP Helper

    def interface(self, luid, alias, kind, flags, up, counters):
        row = bytearray(1352)
        struct.pack_into("<Q", row, 0, luid)
        row[28:28 + 2 * len(alias)] = alias.encode("utf-16-le")
        struct.pack_into("<I", row, 1128, kind)
        row[1152] = flags
        struct.pack_into("<I", row, 1156, 1 if up else 2)
        struct.pack_into("<QQ", row, 1192, 10 ** 10, 10 ** 10)
        for offset, value in zip([1208, 1216, 1224, 1232, 1240, 1280, 1288, 1296, 1304, 1312], counters):
            struct.pack_into("<Q", row, offset, value)
        return bytes(row)

    def iphelper(self, wide):
        nic = [5 << 32, 4000000, 1000, 11, 1, 6 << 32, 5000000, 2000, 12, 2]
        rows = [self.interface(0x6000001, "Ethernet", 6, 1, True, nic),
                self.interface(0x6000002, "Ethernet-WFP Native MAC Layer LightWeight Filter-0000", 6, 2, True, nic),
                self.interface(0x6000003, "vEthernet (Ethernet)", 6, 0, True, [1000, 20, 3, 0, 0, 2000, 30, 4, 0, 0]),
                self.interface(0x1800001, "Loopback Pseudo-Interface 1", 24, 0, True, [0] * 10),
                self.interface(0x1700001, "WAN Miniport (L2TP)", 131, 0, False, [0] * 10)]
        self.put("iphelper/interfaces.hex", hexed(b"".join(rows)))
        for place, family in enumerate(["v4", "v6"]):
            n = 100 * place
            head, tail = [n + v for v in [1, 10, 60000, 0, 400, 300, 20, 10, 33]], [n + v for v in [70, 5, 15, 60]]
            data = (struct.pack("<9I4xQQ4I", *head, n + (1 << 33), n + (1 << 34), *tail) if wide
                    else struct.pack("<15I", *head, n + 9000, n + 8000, *tail))
            self.put(f"iphelper/tcp-statistics-{family}.hex", hexed(data))
            self.put(f"iphelper/udp-statistics-{family}.hex", hexed(struct.pack("<5I", n + 800, n + 9, n + 8, n + 700, 40)))
            self.put(f"iphelper/ip-statistics-{family}.hex",
                     hexed(struct.pack("<23I", 1, 128, *[n + v for v in range(5000, 5021)])))
            states = [2] * 3 + [5] * (4 + place) + [11] * 2 + [8]
            size, offset = (24, 0) if family == "v4" else (56, 48)
            table = bytearray(size * len(states))
            for row, state in enumerate(states):
                struct.pack_into("<I", table, size * row + offset, state)
            self.put(f"iphelper/tcp-connections-{family}.hex", hexed(bytes(table)))

    def compartment(self, pod, wide):
        """The stack of one pod. Its IPv6 has done no more than to look for neighbours; pod 30's has seen everything."""
        folder, odd = f"iphelper/compartment-{pod + 1}", int(pod == self.pods)
        for family in ["v4", "v6"]:
            n = int(family == "v4")
            head = [1, 10, 60000, 0, n * (10 + pod), n * (20 + pod), n * (pod % 3), n * (pod % 2), n * (pod % 7 + 1)]
            tail = [n * (pod % 5), n * odd, n * (pod % 4), n * (pod % 7 + 4)]
            segments = [n * (1000 + pod), n * (900 + pod)]
            data = (struct.pack("<9I4xQQ4I", *head, *segments, *tail) if wide
                    else struct.pack("<15I", *head, *segments, *tail))
            self.put(f"{folder}/tcp-statistics-{family}.hex", hexed(data))
            self.put(f"{folder}/udp-statistics-{family}.hex",
                     hexed(struct.pack("<5I", n * (50 + pod), n * odd, n * odd, n * (60 + pod), 2)))
            ip = [2, 128] + [0] * 21
            ip[2], ip[8], ip[9] = n * (2000 + pod), n * (1990 + pod), n * (1900 + pod) + 4 * (1 - n)
            if odd and n:
                # Header, address and forwarding; unknown protocol, discards in and out, no route, reassembly, fragments.
                for place in [3, 4, 5, 6, 7, 11, 12, 16, 18]:
                    ip[place] = 1
            self.put(f"{folder}/ip-statistics-{family}.hex", hexed(struct.pack("<23I", *ip)))
            states = ([2] + [5] * (pod % 7 + 1) + [11] * (pod % 3)) if n else [2]
            size, offset = (24, 0) if n else (56, 48)
            table = bytearray(size * len(states))
            for row, state in enumerate(states):
                struct.pack_into("<I", table, size * row + offset, state)
                # Who listens does so on any address; the rest are the pod's.
                local = [0, 0, 0, 0] if state == 2 else [10, 244, 2, pod + 10]
                if n:
                    struct.pack_into("<4B", table, size * row + 4, *local)
                struct.pack_into("<H", table, size * row + (8 if n else 20), 8080 if state == 2 else 40000 + row)
                struct.pack_into("<I", table, size * row + (20 if n else 52), 0 if state == 11 else 4000 + pod)
            self.put(f"{folder}/tcp-connections-{family}.hex", hexed(bytes(table)))

    # Performance counters and events

    def perf(self):
        lines = []
        for pod in range(1, self.pods + 1):
            adapter = f"Container NIC {guid(0xE, pod)[-8:].lower()}"
            for reason, value in [("MacSpoofing", pod % 3), ("Filtered", 0), ("MTUMismatch", pod == 30)]:
                lines += [f"{adapter}\tIncoming {reason}\t{int(value)}", f"{adapter}\tOutgoing {reason}\t0"]
        lines += ["\tIncoming LowPowerPacketFilter\t0xC0000BB9"]
        self.put("perf/virtual-network-adapter-drop-reasons.tsv", "\n".join(lines) + "\n")

    def packet_events(self):
        """Events 160 and 170 of Microsoft-Windows-PktMon, and one of its list of components."""
        def event(identifier, data, lost=0):
            return struct.pack("<QIHBBII", 132062690972642312, 4, identifier, 0, 0, len(data), lost) + data

        def packet(identifier, reason, location, direction, lost=0):
            payload = bytes.fromhex("00155d0a00010015 5d0a00020800") + bytes(20)
            return event(identifier, struct.pack("<QHHHHHHHIIHH", 1, 1, 0, direction, 1, 14, 1, 0, reason, location, 60,
                                                 len(payload)) + payload, lost)
        return (packet(160, 0, 0, 3) + packet(170, 601, 0xE0004101, 3) * 3 + packet(170, 54321, 0xE0004101, 4, lost=2)
                + event(20, struct.pack("<HH", 14, 5) + "TCPIP".encode("utf-16-le") + b"\0\0\0\0"))

    def events(self):
        def text(value):
            return value.encode("utf-16-le") + b"\0\0"

        def record(identifier, version, data):
            return struct.pack("<QIHBBII", 132062690972642312, 812, identifier, version, 0, len(data), 0) + data
        sent = text("cart.shop.svc.cluster.local") + struct.pack("<I", 1) + text("10.0.0.10")
        return (record(3010, 1, sent + struct.pack("<I", 812)) * 3
                + record(3011, 1, sent + struct.pack("<II", 0, 812)) * 2
                + record(3011, 1, sent + struct.pack("<II", 9003, 812))
                + record(3020, 0, b"")
                + record(3008, 0, text("cart") + struct.pack("<IQI", 1, 0, 1460) + text("")))


for name, node in NODES.items():
    if not sys.argv[1:] or name in sys.argv[1:]:
        Node(name, **node)
