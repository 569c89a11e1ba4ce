import Foundation
import LinuxBackend
import Logging
import MetricSchema
import Observability
import Testing

extension KernelTier {
    /// Known connections through namespaces that track them, and exactly those in the table.
    @Suite
    struct ConntrackTests {
        /// Tracking begins with a rule that asks for it.
        private func track(_ lab: Lab, _ place: Int, hook: String) throws {
            try lab.inside(place, "nft", "add table inet fv")
            try lab.inside(
                place, "nft", "add chain inet fv c { type filter hook \(hook) priority 0; }")
            try lab.inside(place, "nft", "add rule inet fv c ct state new counter")
        }

        private func census(_ lab: Lab, _ place: Int) throws -> ConntrackCensus {
            try NamespaceEntry.run(in: "/run/netns/\(lab.hosts[place])") {
                try ConntrackCensus.live(IdentityIndex().current)
            }
        }

        @Test func `Connections of both families are in the table, each with its state`() throws {
            let lab = try Lab("ct")
            try track(lab, 0, hook: "output")
            try lab.serve(1, "tcp-serve", "--port", "7001", "--request", "64", "--reply", "64")
            try lab.serve(1, "udp-sink", "--port", "9000")
            for (address, count) in [(lab.address(1), 300), (lab.address6(1), 200)] {
                try lab.traffic(
                    0, "udp-send", "--to", address, "--port", "9000", "--count", "\(count)",
                    "--flows", "\(count)", "--span", "1")
                try lab.traffic(
                    0, "tcp-churn", "--to", address, "--port", "7001", "--count",
                    "\(count / 10)")
            }
            let kinds = try census(lab, 0).kinds
            #expect(
                kinds == [
                    .init(.ipv4, .udp, .unreplied): 300, .init(.ipv6, .udp, .unreplied): 200,
                    .init(.ipv4, .tcp, .timeWait): 30, .init(.ipv6, .tcp, .timeWait): 20,
                ])
        }

        private static let limit = "/proc/sys/net/netfilter/nf_conntrack_max"

        @Test(
            .enabled(
                if: access(limit, W_OK) == 0,
                "the limit can be set in the host's own network namespace only"))
        func `A full table drops exactly what the kernel says, and so do we`() throws {
            let path = Self.limit
            let before = try String(contentsOfFile: path, encoding: .utf8)
            let lab = try Lab("cf")
            try track(lab, 1, hook: "input")
            try lab.serve(1, "udp-sink", "--port", "9000")
            try "64".write(toFile: path, atomically: false, encoding: .utf8)
            defer { try? before.write(toFile: path, atomically: false, encoding: .utf8) }
            try lab.traffic(
                0, "udp-send", "--to", lab.address(1), "--port", "9000", "--count", "500",
                "--flows", "500", "--span", "1", "--pps", "5000")
            let rule = try lab.inside(1, "nft", "list", "chain", "inet", "fv", "c")
            let accepted = rule.split(separator: " ").drop { $0 != "packets" }.dropFirst().first
            let (size, statistics) = try NamespaceEntry.run(
                in: "/run/netns/\(lab.hosts[1])"
            ) { try ConntrackTables.counters() }
            var total = ConntrackStatisticsTotal()
            total.add(statistics)
            let dropped = try #require(total.totals[.drop])
            let early = try #require(total.totals[.earlyDrop])
            #expect(dropped > 0 && dropped == 500 - (accepted.flatMap { UInt64($0) } ?? 0))
            #expect(size.limit == 64 && size.entries <= 64)
            #expect(size.entries + dropped + early == 500)
            #expect(try census(lab, 1).entries == size.entries)
        }

        @Test func `Segments that can begin no connection are counted as invalid`() throws {
            let lab = try Lab("ci")
            try track(lab, 1, hook: "input")
            // Ethernet, IPv4, TCP with SYN and RST.
            let frame =
                "02:77:00:00:00:02 02:77:00:00:00:01 0800"
                + "450000280000000040066634 0a4d0001 0a4d0002"
                + "03e81b580000000100000000 50060000 00000000"
            try lab.traffic(0, "raw", "--interface", "eth0", "--count", "70", "--hex", frame)
            let (_, statistics) = try NamespaceEntry.run(in: "/run/netns/\(lab.hosts[1])") {
                try ConntrackTables.counters()
            }
            var total = ConntrackStatisticsTotal()
            total.add(statistics)
            #expect(total.totals[.invalid] == 70)
        }

        /// `conntrack -S` has a line for each CPU: `cpu=0 found=1 invalid=2 ...`.
        private func kernelSays(_ lab: Lab, _ place: Int) throws -> [String: UInt64] {
            var sums: [String: UInt64] = [:]
            for word in try lab.inside(place, "conntrack", "-S")
                .split(whereSeparator: { $0.isWhitespace })
            {
                let pair = word.split(separator: "=")
                guard pair.count == 2 else { continue }
                let digits = pair[1].prefix { $0.isNumber }
                sums[String(pair[0]), default: 0] += UInt64(digits) ?? 0
            }
            return sums
        }

        @Test func `Every counter of every CPU is what conntrack -S says`() throws {
            let lab = try Lab("cs")
            try track(lab, 1, hook: "input")
            try lab.serve(1, "tcp-serve", "--port", "7001", "--request", "64", "--reply", "64")
            for address in [lab.address(1), lab.address6(1)] {
                try lab.traffic(0, "tcp-churn", "--to", address, "--port", "7001", "--count", "50")
            }
            // A reply that is answered, and an echo that nobody asked for.
            let echo =
                "02:77:00:00:00:02 02:77:00:00:00:01 0800"
                + "4500001c0000000040016645 0a4d0001 0a4d0002 0000ffff00000000"
            try lab.traffic(0, "raw", "--interface", "eth0", "--count", "30", "--hex", echo)
            let (_, statistics) = try NamespaceEntry.run(in: "/run/netns/\(lab.hosts[1])") {
                try ConntrackTables.counters()
            }
            let said = try kernelSays(lab, 1)
            var total = ConntrackStatisticsTotal()
            total.add(statistics)
            for (counter, value) in total.totals {
                let name = counter == .chainTooLong ? "chaintoolong" : counter.rawValue
                #expect(said[name] == value, "\(counter)")
            }
            #expect(total.totals.count >= 8 && total.totals[.invalid] == 30)
        }

        @Test func `Connections that begin and end are told, each once`() throws {
            let lab = try Lab("ce")
            try track(lab, 0, hook: "output")
            try lab.serve(1, "tcp-serve", "--port", "7001", "--request", "64", "--reply", "64")
            try lab.serve(1, "udp-sink", "--port", "9000")
            let identities = IdentityIndex()
            let tables = ConntrackTables(
                identities: identities, events: true, namespace: "/run/netns/\(lab.hosts[0])",
                interval: .seconds(1), log: Logger(label: "test"))
            #expect(tables.problem == nil)
            let collector = ConntrackCollector.live(
                tables, board: EndpointBoard(), identities: identities)
            for address in [lab.address(1), lab.address6(1)] {
                try lab.traffic(
                    0, "udp-send", "--to", address, "--port", "9000", "--count", "2000", "--flows",
                    "1000", "--span", "1")
                try lab.traffic(0, "tcp-churn", "--to", address, "--port", "7001", "--count", "50")
            }
            func reading() throws -> Reading {
                var samples = SampleBuffer()
                try collector.collect(into: &samples)
                return Reading(samples)
            }
            let events = Catalog.conntrackEvents.descriptor
            let begun = try reading()
            #expect(begun.sum(events, "event=\"new\"", "protocol=\"udp\"") == 2000)
            #expect(begun.sum(events, "event=\"new\"", "protocol=\"tcp\"") == 100)
            try lab.inside(0, "conntrack", "-F")
            let ended = try reading()
            #expect(ended.sum(events, "event=\"destroy\"", "protocol=\"udp\"") == 2000)
            #expect(ended.sum(events, "event=\"destroy\"", "protocol=\"tcp\"") == 100)
            #expect(ended.sum(Catalog.conntrackEventsLost.descriptor) == 0)
            #expect(!ended.rows(Catalog.conntrackStatistics.node).isEmpty)
        }

        @Test func `An endpoint's own table is in the scrape; one without tracking is not`()
            async throws
        {
            let lab = try Lab("co")
            try track(lab, 0, hook: "output")
            try lab.serve(1, "udp-sink", "--port", "9000")
            try lab.traffic(
                0, "udp-send", "--to", lab.address(1), "--port", "9000", "--count", "40",
                "--flows", "40", "--span", "1")
            var settings = LinuxSettings()
            settings.conntrackInterval = 1
            try await Observed.during(settings) { observed in
                let pod = "pod=\"\(lab.hosts[0])\""
                var reading = Reading()
                for _ in 0..<100 {
                    reading = try observed.scrape()
                    if reading.sum(Catalog.conntrackEntries.pod, pod) > 0 { break }
                    try await Task.sleep(for: .milliseconds(50))
                }
                #expect(reading.sum(Catalog.conntrackEntries.pod, pod) == 40)
                #expect(reading.sum(Catalog.conntrackLimit.pod, pod) > 40)
                #expect(
                    reading.sum(
                        Catalog.conntrackStates.pod, pod, "family=\"ipv4\"",
                        "protocol=\"udp\"", "state=\"unreplied\"") == 40)
                let other = reading.rows(Catalog.conntrackEntries.pod).filter {
                    $0.labels.contains(lab.hosts[1])
                }
                #expect(other.isEmpty)
            }
        }
    }
}
