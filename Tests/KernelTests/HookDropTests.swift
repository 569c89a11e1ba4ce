import MetricSchema
import Testing

/// One rule in one hook of one namespace, and whose packets it drops.
struct HookDrop: CustomStringConvertible {
    enum Place {
        case host
        case pod(Int)
    }

    let family: String
    let hook: String
    let place: Place
    /// Behind which interface netdev chains hang.
    var device: String?
    var six = false
    /// Whose drop it is: the sender (0) or the receiver (1).
    let pod: Int
    let direction: Direction
    let counted: (family: NetfilterFamily, hook: NetfilterHook)

    var description: String { "\(family) \(hook) at \(place)\(six ? ", IPv6" : "")" }

    static let all: [HookDrop] =
        ["ip", "inet"].flatMap { family in both(family, six: false, .ip) }
        + ["ip6", "inet"].flatMap { family in both(family, six: true, .ip6) }
        + [
            HookDrop(
                family: "netdev", hook: "ingress", place: .pod(1), device: "eth0", pod: 1,
                direction: .ingress, counted: (.netdev, .ingress)),
            HookDrop(
                family: "netdev", hook: "egress", place: .pod(0), device: "eth0", pod: 0,
                direction: .egress, counted: (.netdev, .egress)),
            HookDrop(
                family: "netdev", hook: "ingress", place: .host, device: "l0", pod: 0,
                direction: .egress, counted: (.netdev, .ingress)),
            // It came from the sender, whichever interface it was to leave by.
            HookDrop(
                family: "netdev", hook: "egress", place: .host, device: "l1", pod: 0,
                direction: .egress, counted: (.netdev, .egress)),
            HookDrop(
                family: "bridge", hook: "prerouting", place: .host, pod: 0, direction: .egress,
                counted: (.bridge, .prerouting)),
            // The function that runs it also runs the bridge's output hook.
            HookDrop(
                family: "bridge", hook: "forward", place: .host, pod: 0, direction: .egress,
                counted: (.bridge, .unknown)),
            HookDrop(
                family: "bridge", hook: "postrouting", place: .host, pod: 0, direction: .egress,
                counted: (.bridge, .postrouting)),
        ]

    private static func both(_ family: String, six: Bool, _ counted: NetfilterFamily) -> [HookDrop]
    {
        func drop(_ hook: NetfilterHook, _ pod: Int, _ direction: Direction) -> HookDrop {
            HookDrop(
                family: family, hook: hook.rawValue, place: .pod(pod), six: six, pod: pod,
                direction: direction, counted: (counted, hook))
        }
        return [
            drop(.prerouting, 1, .ingress), drop(.input, 1, .ingress), drop(.output, 0, .egress),
            drop(.postrouting, 0, .egress),
        ]
    }
}

extension KernelTier {
    /// Packets dropped by netfilter, in every hook that a packet from one endpoint to another passes.
    @Suite
    struct HookDropTests {
        @Test func `A rule in any hook drops exactly what it is told to, and only once`()
            async throws
        {
            let lab = try Lab("hook")
            try await Observed.during { observed in
                var before = try observed.scrape()
                for drop in HookDrop.all {
                    let rules = try Rules(of: drop, in: lab)
                    defer { rules.remove() }
                    try lab.datagrams(from: 0, to: 1, six: drop.six, count: Self.count)
                    let after = try observed.scrape()
                    expect(drop, lab, after.grown(since: before))
                    before = after
                }
            }
        }

        private static let count: UInt64 = 60

        private func expect(_ drop: HookDrop, _ lab: Lab, _ reading: Reading) {
            let (pod, direction) = (lab.pod(drop.pod), drop.direction.text)
            let reason = "reason=\"netfilter_drop\""
            #expect(
                reading.sum(Catalog.podDropPackets.descriptor, pod, reason, direction)
                    == Self.count, "\(drop)")
            #expect(
                reading.sum(Catalog.podDropBytes.descriptor, pod, reason, direction)
                    == Self.count * (drop.six ? 49 : 29), "\(drop)")
            #expect(
                reading.sum(
                    Catalog.podNetfilterDrops.descriptor, pod,
                    "family=\"\(drop.counted.family)\"", "hook=\"\(drop.counted.hook)\"",
                    direction) == Self.count, "\(drop)")
            #expect(
                lab.allDrops(reading) == Self.count, "\(drop): \(lab.dropRows(reading))")
            #expect(
                lab.hosts.indices.reduce(0) {
                    $0 + reading.sum(Catalog.podNetfilterDrops.descriptor, lab.pod($1))
                } == Self.count, "\(drop)")
        }
    }
}

/// A table with one chain that drops datagrams to port 9000.
private struct Rules {
    private let command: [String]
    private let table: [String]

    init(of drop: HookDrop, in lab: Lab) throws {
        switch drop.place {
        case .host: command = ["nft"]
        case .pod(let place): command = ["ip", "netns", "exec", lab.hosts[place], "nft"]
        }
        table = [drop.family, "fvk_drops"]
        remove()
        let device = drop.device.map { name in
            " device \(name == "eth0" ? name : lab.link(name == "l0" ? 0 : 1))"
        }
        let chain = "{ type filter hook \(drop.hook)\(device ?? "") priority 0; }"
        try Lab.run(command + ["add", "table"] + table)
        try Lab.run(command + ["add", "chain"] + table + ["c", chain])
        // A bridge chain is asked about every bridge of the host.
        let side =
            drop.hook == "postrouting" ? ["oifname", lab.link(1)] : ["iifname", lab.link(0)]
        let only = drop.family == "bridge" ? ["meta"] + side : []
        try Lab.run(
            command + ["add", "rule"] + table + ["c"] + only + ["udp", "dport", "9000", "drop"])
    }

    func remove() {
        _ = try? Lab.run(command + ["delete", "table"] + table)
    }
}
