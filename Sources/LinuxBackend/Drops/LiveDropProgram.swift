import CLibBPF
import Dispatch
import KernelABI
import Observability
import Synchronization

/// The drop program in the kernel, attached from `init` to `deinit`.
package final class LiveDropProgram: EndpointFollower {
    package let program: LiveBPFProgram
    package let hasReason: Bool
    /// Whether netfilter's drops are told apart by hook.
    package let namesHooks: Bool
    private let link: BPFLink
    private let drops: BPFMap
    private let losses: BPFMap
    private let netfilterDrops: BPFMap
    /// Nil where nobody asks about policies.
    package let flows: LiveDropFlows?
    private let owners: EndpointMaps
    private let cpus: Int
    /// Drops of endpoints whose numbers were given back: the node's totals keep them.
    private let released = Mutex<[DropRow.Kind: FlowLedger.Amount]>([:])
    private let releasedNetfilter = Mutex<[NetfilterDropRow.Kind: UInt64]>([:])

    /// `walks` is how often a CPU looks for netfilter's hook in about a quarter of a second; at 3 us each, that
    /// bounds what a flood of dropped packets can cost. `flows`: keep what filters drop by flow too.
    package init(
        endpoints: Int, cpus: Int, reasons: DropReasonNames, symbols: KernelSymbols,
        flows wantsFlows: Bool = false, walks: UInt32 = 1_000
    ) throws {
        self.cpus = cpus
        hasReason = reasons.isKnown
        let host = try LiveNamespaces.own()
        let code = symbols.ranges(of: [
            "nf_hook_slow", "nf_hook_slow_list", "br_handle_frame", "veth_xdp_rcv_skb",
        ])
        namesHooks = code["nf_hook_slow"] != nil
        program = try LiveBPFProgram(.drops) { object in
            try object.resize("namespaces", to: endpoints)
            try object.resize("host_links", to: endpoints * 4)
            try object.resize("addresses", to: endpoints * 16)
            if wantsFlows { try LiveDropFlows.prepare(object) }
            let filters = reasons.filters + [0, 0, 0, 0, 0, 0]
            try object.set(
                drop_knobs(
                    has_reason: reasons.isKnown ? 1 : 0, not_specified: reasons.notSpecified,
                    netfilter_drop: reasons.netfilterDrop, host_namespace: host,
                    walks: walks, flows: wantsFlows ? 1 : 0,
                    filters: (
                        filters[0], filters[1], filters[2], filters[3], filters[4], filters[5]
                    ),
                    hook: code_range(code["nf_hook_slow"]),
                    hook_list: code_range(code["nf_hook_slow_list"]),
                    bridge: code_range(code["br_handle_frame"]),
                    veth_xdp: code_range(code["veth_xdp_rcv_skb"])))
        }
        drops = try program.map("drops")
        losses = try program.map("drop_losses")
        netfilterDrops = try program.map("netfilter_drops")
        flows =
            wantsFlows
            ? try LiveDropFlows(program, filters: reasons.filters.map { reasons[$0] })
            : nil
        owners = EndpointMaps(
            namespaces: try program.map("namespaces"), links: try program.map("host_links"),
            addresses: try program.map("addresses"))
        link = try program.attachTracing("fovea_drop")
    }

    package func follow(_ places: EndpointPlaces) throws {
        try owners.follow(places)
    }

    /// Everything counted so far, CPUs added up.
    package func rows() throws -> [DropRow] {
        var rows = try read()
        for (kind, amount) in released.withLock({ $0 }) {
            rows.append(DropRow(endpoint: nil, kind: kind, amount: amount))
        }
        return rows
    }

    /// Drops whose details found no room.
    package func lost() throws -> FlowLedger.Amount {
        try losses.perCPU(0, as: drop_stats.self, cpus: cpus).reduce(into: .init()) {
            $0 += FlowLedger.Amount(packets: $1.lost_packets, bytes: $1.lost_bytes)
        }
    }

    /// What netfilter dropped so far, CPUs added up.
    package func netfilterRows() throws -> [NetfilterDropRow] {
        var rows = try readNetfilter()
        for (kind, packets) in releasedNetfilter.withLock({ $0 }) {
            rows.append(NetfilterDropRow(endpoint: nil, kind: kind, packets: packets))
        }
        return rows
    }

    /// Netfilter's drops whose hook found no room.
    package func lostHooks() throws -> UInt64 {
        try losses.perCPU(0, as: drop_stats.self, cpus: cpus).reduce(0) { $0 + $1.lost_hooks }
    }

    /// Packets that filters dropped and that are in no flow.
    package func lostFlows() throws -> UInt64 {
        try losses.perCPU(0, as: drop_stats.self, cpus: cpus).reduce(0) { $0 + $1.lost_flows }
    }

    package func forget(_ endpoint: UInt16) {
        for row in (try? readNetfilter()) ?? [] where row.endpoint == endpoint {
            guard (try? netfilterDrops.remove(row.key)) != nil else { continue }
            releasedNetfilter.withLock { $0[row.kind, default: 0] += row.packets }
        }
        guard let rows = try? read() else { return }
        for row in rows where row.endpoint == endpoint {
            guard (try? drops.remove(row.key)) != nil else { continue }
            released.withLock { $0[row.kind, default: .init()] += row.amount }
        }
    }

    private func read() throws -> [DropRow] {
        var rows: [DropRow] = []
        let stride = MemoryLayout<drop_totals>.stride
        try drops.forEach(valueBytes: stride * cpus, batch: 512) { key, values in
            var amount = FlowLedger.Amount()
            for cpu in 0..<cpus {
                let totals = values.loadUnaligned(
                    fromByteOffset: cpu * stride, as: drop_totals.self)
                amount += FlowLedger.Amount(packets: totals.packets, bytes: totals.bytes)
            }
            rows.append(DropRow(key.loadUnaligned(as: drop_key.self), amount))
        }
        return rows
    }

    private func readNetfilter() throws -> [NetfilterDropRow] {
        var rows: [NetfilterDropRow] = []
        try netfilterDrops.forEach(valueBytes: 8 * cpus, batch: 512) { key, values in
            let packets = (0..<cpus).reduce(UInt64(0)) {
                $0 + values.loadUnaligned(fromByteOffset: $1 * 8, as: UInt64.self)
            }
            rows.append(
                NetfilterDropRow(key.loadUnaligned(as: netfilter_key.self), packets: packets))
        }
        return rows
    }
}

extension code_range {
    fileprivate init(_ range: Range<UInt64>?) {
        self.init(start: range?.lowerBound ?? 0, end: range?.upperBound ?? 0)
    }
}
