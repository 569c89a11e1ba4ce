import CLibBPF
import Dispatch
import KernelABI
import Observability
import Synchronization

/// The drop program in the kernel, attached from `init` to `deinit`.
package final class LiveDropProgram: EndpointFollower {
    package let program: LiveBPFProgram
    package let hasReason: Bool
    private let link: BPFLink
    private let drops: BPFMap
    private let losses: BPFMap
    private let owners: EndpointMaps
    private let cpus: Int
    /// Drops of endpoints whose numbers were given back: the node's totals keep them.
    private let released = Mutex<[DropRow.Kind: FlowLedger.Amount]>([:])

    package init(endpoints: Int, cpus: Int, reasons: DropReasonNames) throws {
        self.cpus = cpus
        hasReason = reasons.isKnown
        let host = try LiveNamespaces.own()
        program = try LiveBPFProgram(.drops) { object in
            try object.resize("namespaces", to: endpoints)
            try object.resize("host_links", to: endpoints * 4)
            try object.set(
                drop_knobs(
                    has_reason: reasons.isKnown ? 1 : 0, not_specified: reasons.notSpecified,
                    host_namespace: host, reserved: 0))
        }
        drops = try program.map("drops")
        losses = try program.map("drop_losses")
        owners = EndpointMaps(
            namespaces: try program.map("namespaces"), links: try program.map("host_links"))
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

    package func forget(_ endpoint: UInt16) {
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
}
