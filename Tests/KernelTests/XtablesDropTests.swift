import Foundation
import MetricSchema
import Testing

@testable import LinuxBackend

/// One rule of old iptables in one chain, and whose packets it drops.
struct XtablesDrop: CustomStringConvertible {
    let table: String
    let chain: String
    let hook: NetfilterHook
    /// In whose namespace: the sender's (0) or the receiver's (1).
    let pod: Int
    var target = ["DROP"]

    static let isInstalled = ["iptables-legacy", "ip6tables-legacy"].allSatisfy {
        access("/usr/sbin/\($0)", X_OK) == 0
    }
    static let isInKernel = KernelSymbols().contains("ipt_do_table")

    var direction: Direction { pod == 0 ? .egress : .ingress }
    var description: String { "\(table) \(chain) \(target[0])" }

    static let all: [XtablesDrop] = [
        XtablesDrop(table: "raw", chain: "PREROUTING", hook: .prerouting, pod: 1),
        XtablesDrop(table: "mangle", chain: "INPUT", hook: .input, pod: 1),
        XtablesDrop(table: "filter", chain: "INPUT", hook: .input, pod: 1),
        // A chain of the user's own, which the built-in one jumps to.
        XtablesDrop(table: "filter", chain: "MINE", hook: .input, pod: 1),
        XtablesDrop(table: "filter", chain: "INPUT", hook: .input, pod: 1, target: ["REJECT"]),
        XtablesDrop(table: "raw", chain: "OUTPUT", hook: .output, pod: 0),
        XtablesDrop(table: "filter", chain: "OUTPUT", hook: .output, pod: 0),
        XtablesDrop(table: "mangle", chain: "POSTROUTING", hook: .postrouting, pod: 0),
    ]
}

extension KernelTier {
    /// What old iptables drops. Its tables are tried in namespaces of the test's own only: they stay for as long as
    /// their namespace does.
    @Suite(
        .enabled(if: XtablesDrop.isInstalled, "needs Debian's iptables"),
        .enabled(if: XtablesDrop.isInKernel, "needs a kernel with ip_tables"))
    struct XtablesDropTests {
        private static let count: UInt64 = 60

        @Test(arguments: [false, true])
        func `What a rule of old iptables drops is netfilter's, of its hook and nobody's table`(
            six: Bool
        ) async throws {
            let lab = try Lab(six ? "xt6" : "xt4")
            try await Observed.during { observed in
                var before = try observed.scrape()
                for drop in XtablesDrop.all {
                    let counted = try dropping(drop, lab, six: six) {
                        try lab.datagrams(from: 0, to: 1, six: six, count: Self.count)
                    }
                    #expect(counted == Self.count, "\(drop)")
                    let after = try observed.scrape()
                    expect(drop, lab, after.grown(since: before), six: six)
                    before = after
                }
            }
        }

        /// What the rule says it dropped meanwhile.
        private func dropping(
            _ drop: XtablesDrop, _ lab: Lab, six: Bool, _ traffic: () throws -> Void
        ) throws -> UInt64? {
            let command = [six ? "ip6tables-legacy" : "iptables-legacy", "-t", drop.table]
            func run(_ words: [String]) throws -> String {
                try lab.inside(drop.pod, command + words)
            }
            if drop.chain == "MINE" {
                _ = try run(["-N", "MINE"])
                _ = try run(["-A", "INPUT", "-j", "MINE"])
            }
            _ = try run(["-A", drop.chain, "-p", "udp", "--dport", "9000", "-j"] + drop.target)
            try traffic()
            let listing = try run(["-L", drop.chain, "-n", "-v", "-x"])
            _ = try run(["-F"])
            return Self.packets(of: drop.target[0], in: listing)
        }

        private func expect(_ drop: XtablesDrop, _ lab: Lab, _ reading: Reading, six: Bool) {
            let (pod, direction) = (lab.pod(drop.pod), drop.direction.text)
            #expect(
                reading.sum(
                    Catalog.podDropPackets.descriptor, pod, "reason=\"netfilter_drop\"", direction)
                    == Self.count, "\(drop)")
            #expect(
                reading.sum(
                    Catalog.podNetfilterDrops.descriptor, pod,
                    "family=\"\(six ? "ip6" : "ip")\"", "hook=\"\(drop.hook)\"", direction)
                    == Self.count, "\(drop)")
            #expect(lab.allDrops(reading) == Self.count, "\(drop): \(lab.dropRows(reading))")
            // Tables and chains are named from rules' counters, and only nftables' are read.
            #expect(reading.sum(Catalog.podNftablesDrops.descriptor) == 0, "\(drop)")
        }

        /// The first column of the rule with that target.
        private static func packets(of target: String, in listing: String) -> UInt64? {
            for line in listing.split(separator: "\n") {
                let words = line.split(separator: " ")
                if words.count > 2, words[2] == target { return UInt64(words[0]) }
            }
            return nil
        }
    }
}
