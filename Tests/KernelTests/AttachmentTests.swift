import Foundation
import LinuxBackend
import MetricSchema
import Testing

extension KernelTier {
    /// Interfaces that come and go, and what is left of us afterwards.
    @Suite
    struct AttachmentTests {
        /// Waits for something that events bring about, for as long as a slow machine may take.
        private func eventually(_ condition: () throws -> Bool) async throws -> Duration? {
            let start = ContinuousClock.now
            while ContinuousClock.now - start < .seconds(10) {
                if try condition() { return ContinuousClock.now - start }
                try await Task.sleep(for: .milliseconds(5))
            }
            return nil
        }

        @Test func `An endpoint that appears is followed`() async throws {
            try await Observed.during { observed in
                let lab = try Lab("late")
                let took = try await eventually {
                    try observed.scrape().rows(Catalog.podPackets.descriptor)
                        .contains { $0.labels.contains("pod=\"\(lab.hosts[1])\"") }
                }
                print(
                    "an endpoint was followed \(try #require(took)) after its namespace was complete"
                )
                let before = try observed.scrape()
                try lab.serve(1, "udp-sink", "--port", "9000")
                try lab.traffic(
                    0, "udp-send", "--to", lab.address(1), "--port", "9000", "--count", "1000")
                let after = try observed.scrape()
                let received = { (reading: Reading) in
                    reading.sum(Catalog.podPackets.descriptor, "pod=\"\(lab.hosts[1])\"", "ingress")
                }
                #expect(received(after) - received(before) == 1000)
            }
        }

        @Test func `A vanished endpoint keeps its last numbers for a while`() async throws {
            try await Observed.during { observed in
                var lab: Lab? = try Lab("gone")
                let name = try #require(lab?.hosts[0])
                let labels = "pod=\"\(name)\""
                _ = try await eventually {
                    try observed.scrape().rows(Catalog.podPackets.descriptor).contains {
                        $0.labels.contains(labels)
                    }
                }
                try lab?.traffic(
                    0, "udp-send", "--to", "10.77.0.2", "--port", "9000", "--count", "1000")
                lab = nil
                try await Task.sleep(for: .milliseconds(300))
                let sent = try observed.scrape().sum(
                    Catalog.podPackets.descriptor, labels, "egress")
                #expect(sent >= 1000)
            }
        }

        @Test func `Ending detaches our filters, and leaves others' and their qdisc`() async throws
        {
            let lab = try Lab("tidy")
            let foreign = lab.link(0)
            try Lab.run("tc", "qdisc", "add", "dev", foreign, "clsact")
            try ForeignFilter.attach(to: foreign)
            var settings = LinuxSettings()
            settings.tcx = false
            try await Observed.during(settings) { _ in
                try #expect(
                    Lab.run("tc", "filter", "show", "dev", foreign, "ingress").contains(
                        "fovea_ingress"))
                try #expect(Lab.run("tc", "qdisc", "show", "dev", lab.link(1)).contains("clsact"))
            }
            let left = try Lab.run("tc", "filter", "show", "dev", foreign, "ingress")
            #expect(left.contains("somebody_elses"))
            #expect(!left.contains("fovea"))
            try #expect(!Lab.run("tc", "qdisc", "show", "dev", lab.link(1)).contains("clsact"))
        }

        @Test func `Filters of an agent that was killed are not counted beside new ones`()
            async throws
        {
            let lab = try Lab("stale")
            try lab.serve(1, "udp-sink", "--port", "9000")
            let size = PacketProgramSize(
                cpus: 2, cacheBytes: 1 << 20, spillEntries: 64, endpoints: 16)
            let dead = try LivePacketProgram(size: size)
            let index = try String(
                contentsOfFile: "/sys/class/net/\(lab.link(0))/ifindex", encoding: .utf8)
            let ifindex = try #require(
                UInt32(index.trimmingCharacters(in: .whitespacesAndNewlines)))
            _ = try LiveTrafficControl(dead, tcx: false).attach(ifindex)
            var settings = LinuxSettings()
            settings.tcx = false
            try await Observed.during(settings) { _ in
                let filters = try Lab.run("tc", "filter", "show", "dev", lab.link(0), "ingress")
                #expect(filters.components(separatedBy: "handle 0xf0ea").count == 2)
            }
            try #expect(!Lab.run("tc", "qdisc", "show", "dev", lab.link(0)).contains("clsact"))
        }
    }
}
