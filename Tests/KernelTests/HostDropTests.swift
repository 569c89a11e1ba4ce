import MetricSchema
import Testing

/// One hook of the host's own namespace, on the way of one datagram.
struct HostDrop: Sendable, CustomTestStringConvertible {
    enum Way: String, Sendable {
        case podToPod = "pod to pod"
        case podToHost = "pod to host"
        case hostToPod = "host to pod"
        case outsideToPod = "outside to pod"
    }

    let hook: NetfilterHook
    let way: Way
    let pod: Int
    let direction: Direction

    var testDescription: String { "\(hook), \(way.rawValue)" }

    static let all: [HostDrop] = [
        HostDrop(hook: .prerouting, way: .podToPod, pod: 0, direction: .egress),
        HostDrop(hook: .forward, way: .podToPod, pod: 0, direction: .egress),
        HostDrop(hook: .postrouting, way: .podToPod, pod: 0, direction: .egress),
        HostDrop(hook: .input, way: .podToHost, pod: 0, direction: .egress),
        HostDrop(hook: .output, way: .hostToPod, pod: 1, direction: .ingress),
        HostDrop(hook: .postrouting, way: .hostToPod, pod: 1, direction: .ingress),
        // No interface says whose these are before they are routed; the address does.
        HostDrop(hook: .prerouting, way: .outsideToPod, pod: 1, direction: .ingress),
        HostDrop(hook: .forward, way: .outsideToPod, pod: 1, direction: .ingress),
        HostDrop(hook: .postrouting, way: .outsideToPod, pod: 1, direction: .ingress),
    ]
}

extension KernelTier {
    /// Packets dropped in the host's namespace: whose they are, and which way they went.
    @Suite
    struct HostDropTests {
        private let count: UInt64 = 60

        @Test(arguments: HostDrop.all)
        func `A packet dropped by the host is its endpoint's`(_ drop: HostDrop) async throws {
            try await check(drop, six: false)
        }

        @Test(
            .enabled(if: Lab.routesIPv6, "needs Linux 6.17: one link that forwards IPv6 by itself"),
            arguments: HostDrop.all)
        func `An IPv6 packet dropped by the host is its endpoint's`(_ drop: HostDrop) async throws {
            try await check(drop, six: true)
        }

        private func check(_ drop: HostDrop, six: Bool) async throws {
            let lab = try Lab("host")
            try lab.route(six: six)
            let outside = try Outside(six: six)
            let rule = try HostRule(drop.hook, six: six)
            try await Observed.during { observed in
                try send(drop.way, lab, outside, six: six)
                let reading = try observed.scrape()
                #expect(
                    reading.sum(
                        Catalog.podDropPackets.descriptor, lab.pod(drop.pod),
                        "reason=\"netfilter_drop\"", drop.direction.text) == count)
                #expect(
                    reading.sum(
                        Catalog.podNetfilterDrops.descriptor, lab.pod(drop.pod),
                        "family=\"\(six ? "ip6" : "ip")\"", "hook=\"\(drop.hook)\"",
                        drop.direction.text) == count)
                #expect(lab.allDrops(reading) == count, "\(lab.dropRows(reading))")
            }
            withExtendedLifetime((outside, rule)) {}
        }

        private func send(
            _ way: HostDrop.Way, _ lab: Lab, _ outside: Outside, six: Bool
        ) throws {
            let receiver = lab.routedAddress(1, six: six)
            switch way {
            case .podToPod: try lab.datagrams(from: 0, to: receiver, count: count)
            case .podToHost:
                try lab.datagrams(from: 0, to: lab.gateway(0, six: six), count: count)
            case .hostToPod: try Lab.run(["bash", "-c", Lab.script(to: receiver, count: count)])
            case .outsideToPod: try outside.send(to: receiver, count: count)
            }
        }
    }
}

/// A link that no endpoint is behind: what comes from it comes from elsewhere.
private final class Outside {
    private let near = "fvk-near"
    private let far = "fvk-far"

    init(six: Bool) throws {
        remove()
        try Lab.run("ip", "link", "add", near, "type", "veth", "peer", "name", far)
        for end in [near, far] {
            try Lab.run("sysctl", "-qw", "net.ipv6.conf.\(end).disable_ipv6=1")
            try Lab.run("ip", "link", "set", end, "up")
        }
        if six {
            try Lab.allowIPv6(on: near, forwarding: true)
        } else {
            try Lab.run("sysctl", "-qw", "net.ipv4.conf.\(near).forwarding=1")
        }
    }

    deinit { remove() }

    func send(to address: String, count: UInt64) throws {
        let frame = UDPFrame(
            ethernet: (try Lab.mac(of: near), try Lab.mac(of: far)),
            source: address.contains(":") ? "2001:db8::7" : "198.51.100.7", destination: address)
        try Lab.run(
            Lab.trafficPath, "raw", "--interface", far, "--count", "\(count)", "--hex", frame.hex)
    }

    private func remove() {
        _ = try? Lab.run("ip", "link", "del", near)
    }
}

/// A rule of the host's that drops datagrams to port 9000 until it goes.
private final class HostRule {
    private let table: [String]

    init(_ hook: NetfilterHook, six: Bool) throws {
        let family = six ? "ip6" : "ip"
        table = [family, "fvk_drops"]
        remove()
        try Lab.run(["nft", "add", "table"] + table)
        try Lab.run(
            ["nft", "add", "chain"] + table + ["c", "{ type filter hook \(hook) priority 0; }"])
        try Lab.run(
            ["nft", "add", "rule"] + table
                + ["c", family, "daddr", six ? "fd78::/32" : "10.78.0.0/16"]
                + ["udp", "dport", "9000", "drop"])
    }

    deinit { remove() }

    private func remove() {
        _ = try? Lab.run(["nft", "delete", "table"] + table)
    }
}
