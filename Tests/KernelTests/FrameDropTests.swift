import MetricSchema
import Testing

/// A frame that its receiver's stack throws away, and the kernel's reason.
struct FrameDrop: Sendable, CustomTestStringConvertible {
    let name: String
    var six = false
    let reason: String
    /// sysctl settings of the receiver.
    var settings: [String] = []
    /// A route of the receiver's.
    var route: [String] = []
    let change: @Sendable (inout UDPFrame) -> Void

    var testDescription: String { six ? "IPv6: \(name)" : name }

    static let all: [FrameDrop] = [
        FrameDrop(name: "wrong UDP checksum", reason: "udp_csum") { $0.spoilUDPChecksum = true },
        FrameDrop(name: "transport protocol nobody speaks", reason: "ip_noproto") {
            $0.ipProtocol = 253
        },
        FrameDrop(name: "not IP, and nobody's", reason: "unhandled_proto") {
            $0.ethertype = 0x88b5
        },
        FrameDrop(
            name: "source that is not there (rp_filter)", reason: "ip_rpfilter",
            settings: ["net.ipv4.conf.all.rp_filter=1", "net.ipv4.conf.eth0.rp_filter=1"]
        ) { $0.source = "192.0.2.9" },
        FrameDrop(
            name: "no route", reason: "ip_innoroutes", settings: ["net.ipv4.ip_forward=1"]
        ) { $0.destination = "203.0.113.7" },
        FrameDrop(
            name: "time to live over", reason: "ip_inhdr", settings: ["net.ipv4.ip_forward=1"],
            route: ["203.0.113.0/24", "via", "10.77.0.1"]
        ) {
            $0.destination = "203.0.113.7"
            $0.timeToLive = 1
        },
        FrameDrop(name: "wrong UDP checksum", six: true, reason: "udp_csum") {
            $0.spoilUDPChecksum = true
        },
        FrameDrop(name: "transport protocol nobody speaks", six: true, reason: "ip_noproto") {
            $0.ipProtocol = 253
        },
        FrameDrop(
            name: "no route", six: true, reason: "ip_innoroutes",
            settings: ["net.ipv6.conf.all.forwarding=1"]
        ) { $0.destination = "2001:db8::7" },
        FrameDrop(
            name: "hop limit over", six: true, reason: "ip_inhdr",
            settings: ["net.ipv6.conf.all.forwarding=1"],
            route: ["2001:db8::/64", "via", "fd77::1"]
        ) {
            $0.destination = "2001:db8::7"
            $0.timeToLive = 1
        },
    ]
}

extension KernelTier {
    /// Frames that die in the receiver's stack.
    @Suite
    struct FrameDropTests {
        @Test(arguments: FrameDrop.all)
        func `A frame is dropped once, for one reason, on its way in`(_ drop: FrameDrop)
            async throws
        {
            let lab = try Lab("frame")
            if !drop.settings.isEmpty {
                try Lab.run(
                    ["ip", "netns", "exec", lab.hosts[1], "sysctl", "-qw"] + drop.settings)
            }
            if !drop.route.isEmpty {
                try Lab.run(["ip", "-n", lab.hosts[1], "route", "add"] + drop.route)
            }
            var frame = UDPFrame(
                ethernet: (lab.mac(1), lab.mac(0)),
                source: drop.six ? lab.address6(0) : lab.address(0),
                destination: drop.six ? lab.address6(1) : lab.address(1))
            drop.change(&frame)
            try await Observed.during { observed in
                try lab.traffic(
                    0, "raw", "--interface", "eth0", "--count", "100", "--hex", frame.hex)
                let reading = try observed.scrape()
                let labels = [lab.pod(1), "reason=\"\(drop.reason)\"", Direction.ingress.text]
                #expect(
                    reading.sum(Catalog.podDropPackets.descriptor, labels[0], labels[1], labels[2])
                        == 100)
                #expect(
                    reading.sum(Catalog.podDropBytes.descriptor, labels[0], labels[1], labels[2])
                        == 100 * frame.length)
                #expect(lab.allDrops(reading) == 100, "\(lab.dropRows(reading))")
            }
        }
    }
}
