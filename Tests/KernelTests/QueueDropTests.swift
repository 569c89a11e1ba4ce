import Foundation
import MetricSchema
import Testing

/// A program on an interface that drops all, and whose drops those are.
struct ProgramDrop: Sendable, CustomTestStringConvertible {
    enum Attachment: String, Sendable {
        case ingress, egress, xdpdrv, xdpgeneric
    }

    let attachment: Attachment
    /// In the sender's or receiver's namespace; nil for the host's end of the link.
    let inside: Int?
    let link: Int
    let pod: Int
    let direction: Direction
    let reason: String

    var testDescription: String {
        "\(attachment), \(inside == nil ? "host's end of link" : "inside") \(link)"
    }

    static let all: [ProgramDrop] = [
        .init(.egress, inside: 0, link: 0, pod: 0, .egress, "tc_egress"),
        .init(.ingress, inside: nil, link: 0, pod: 0, .egress, "tc_ingress"),
        .init(.egress, inside: nil, link: 1, pod: 0, .egress, "tc_egress"),
        .init(.ingress, inside: 1, link: 1, pod: 1, .ingress, "tc_ingress"),
        .init(.xdpgeneric, inside: 1, link: 1, pod: 1, .ingress, "not_specified:do_xdp_generic"),
        .init(.xdpdrv, inside: 1, link: 1, pod: 1, .ingress, "not_specified:veth_xdp_rcv_skb"),
        .init(.xdpdrv, inside: nil, link: 0, pod: 0, .egress, "not_specified:veth_xdp_rcv_skb"),
    ]

    private init(
        _ attachment: Attachment, inside: Int?, link: Int, pod: Int, _ direction: Direction,
        _ reason: String
    ) {
        self.attachment = attachment
        self.inside = inside
        self.link = link
        self.pod = pod
        self.direction = direction
        self.reason = reason
    }

    func attach(in lab: Lab) throws {
        let prefix = inside.map { ["ip", "netns", "exec", lab.hosts[$0]] } ?? []
        let device = inside == nil ? lab.link(link) : "eth0"
        switch attachment {
        case .ingress, .egress:
            _ = try? Lab.run(prefix + ["tc", "qdisc", "add", "dev", device, "clsact"])
            try ForeignFilter.withObject("tc", returning: 2) { object in
                try Lab.run(
                    prefix + [
                        "tc", "filter", "add", "dev", device, attachment.rawValue, "bpf", "da",
                        "obj", object, "sec", "tc",
                    ])
            }
        case .xdpdrv, .xdpgeneric:
            try ForeignFilter.withObject("xdp", returning: 1) { object in
                try Lab.run(
                    prefix + [
                        "ip", "link", "set", device, attachment.rawValue, "obj", object, "sec",
                        "xdp",
                    ])
            }
        }
    }
}

extension KernelTier {
    /// Packets that die in queues and in other programs' hands, held against the kernel's own counters.
    @Suite
    struct QueueDropTests {
        @Test(arguments: ProgramDrop.all)
        func `What another program drops is counted once`(_ drop: ProgramDrop) async throws {
            let lab = try Lab("prog")
            try await Observed.during { observed in
                try drop.attach(in: lab)
                try lab.datagrams(from: 0, to: 1, count: 50)
                let reading = try observed.scrape()
                #expect(
                    reading.sum(
                        Catalog.podDropPackets.descriptor, lab.pod(drop.pod),
                        "reason=\"\(drop.reason)\"", drop.direction.text) == 50)
                #expect(
                    reading.sum(
                        Catalog.podDropBytes.descriptor, lab.pod(drop.pod),
                        "reason=\"\(drop.reason)\"", drop.direction.text) == 50 * 29)
                #expect(lab.allDrops(reading) == 50, "\(lab.dropRows(reading))")
            }
        }

        @Test func `What a full qdisc drops is counted once, and as often as the qdisc says`()
            async throws
        {
            let lab = try Lab("qdisc")
            try lab.inside(
                0, "tc", "qdisc", "add", "dev", "eth0", "root", "tbf", "rate", "8kbit", "burst",
                "1600", "limit", "400")
            try await Observed.during { observed in
                try lab.datagrams(from: 0, to: 1, count: 200)
                let said = try lab.inside(0, "tc", "-s", "qdisc", "show", "dev", "eth0")
                let dropped = try #require(
                    said.split(separator: "dropped ").dropFirst().first.flatMap {
                        UInt64($0.prefix { $0.isNumber })
                    })
                #expect(dropped > 50 && dropped < 200)
                let reading = try observed.scrape()
                #expect(
                    reading.sum(
                        Catalog.podDropPackets.descriptor, lab.pod(0), "reason=\"qdisc_drop\"",
                        Direction.egress.text) == dropped)
                #expect(
                    reading.sum(
                        Catalog.podDropBytes.descriptor, lab.pod(0), "reason=\"qdisc_drop\"",
                        Direction.egress.text) == dropped * 29)
                #expect(
                    reading.sum(Catalog.podDropPackets.descriptor, lab.pod(0)) == dropped,
                    "\(lab.dropRows(reading))")
            }
        }

        @Test(.enabled(if: ProcessInfo.processInfo.activeProcessorCount > 1, "needs a second CPU"))
        func `What a full softnet backlog drops is counted once, and as often as softnet says`()
            async throws
        {
            let lab = try Lab("back")
            // What the first CPU sends is handed to the second, whose queue is short.
            try lab.inside(1, "bash", "-c", "echo 2 >/sys/class/net/eth0/queues/rx-0/rps_cpus")
            let before = try Lab.run("sysctl", "-n", "net.core.netdev_max_backlog")
            defer {
                _ = try? Lab.run(
                    "sysctl", "-qw", "net.core.netdev_max_backlog=\(before.dropLast())")
            }
            try Lab.run("sysctl", "-qw", "net.core.netdev_max_backlog=2")
            try await Observed.during { observed in
                let start = try Self.softnetDrops()
                try Lab.run(
                    "taskset", "1", "ip", "netns", "exec", lab.hosts[0], Lab.trafficPath,
                    "udp-send", "--to", lab.address(1), "--port", "9000", "--count", "5000")
                let reading = try observed.scrape()
                let dropped = try Self.softnetDrops() - start
                #expect(dropped > 0)
                #expect(
                    reading.sum(Catalog.nodeDropPackets.descriptor, "reason=\"cpu_backlog\"")
                        == dropped)
                // Every datagram was dropped on the way, or by the receiver who has no socket.
                #expect(
                    reading.sum(
                        Catalog.podDropPackets.descriptor, lab.pod(1), "reason=\"no_socket\"")
                        + reading.sum(
                            Catalog.podDropPackets.descriptor, lab.pod(1),
                            "reason=\"cpu_backlog\"", Direction.ingress.text)
                        + reading.sum(
                            Catalog.podDropPackets.descriptor, lab.pod(0),
                            "reason=\"cpu_backlog\"", Direction.egress.text) == 5000,
                    "\(lab.dropRows(reading))")
            }
        }

        /// The second column of every CPU's row.
        private static func softnetDrops() throws -> UInt64 {
            try String(contentsOfFile: "/proc/net/softnet_stat", encoding: .utf8)
                .split(separator: "\n").reduce(0) {
                    $0 + (UInt64($1.split(separator: " ")[1], radix: 16) ?? 0)
                }
        }
    }
}
