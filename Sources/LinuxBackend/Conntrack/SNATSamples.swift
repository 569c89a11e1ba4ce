import MetricSchema
import Observability

extension ConntrackCollector {
    /// Of the node's table and of those of endpoints, which may be routers.
    func pressure(in reading: ConntrackReading) -> PortPressure? {
        let tables = [reading.node] + reading.endpoints.values
        return tables.compactMap(\.census).map(\.pressure).reduce(nil) { sum, other in
            guard var sum else { return other }
            sum.add(other)
            return sum
        }
    }

    /// The largest have a series each, the rest one together, so that sums are those of all.
    func add(_ pressure: PortPressure?, to samples: inout SampleBuffer) {
        guard let pressure, !pressure.uses.isEmpty || pressure.folded > 0 else { return }
        let view = identities.current
        var parts = TopUses<Part>(Catalog.podSNATEntries.descriptor.seriesBudget)
        var wholes = TopUses<Whole>(Catalog.snatEntries.descriptor.seriesBudget)
        var perPort: [Port: UInt64] = [:]
        for (use, count) in pressure.uses {
            let whole = Whole(use)
            parts.counts[Part(identity: view[use.identity], whole: whole), default: 0] += count
            wholes.counts[whole, default: 0] += count
            perPort[Port(use), default: 0] += count
        }
        for (part, count) in parts.largest {
            samples.add(
                count, to: Catalog.podSNATEntries, PodLabel(part.identity), part.whole.label,
                part.whole.transport)
        }
        for (whole, count) in wholes.largest {
            samples.add(count, to: Catalog.snatEntries, whole.label, whole.transport)
        }
        // What found no room has no protocol any more.
        for (transport, count) in parts.rest(\.whole.transport, and: pressure.folded) {
            samples.add(
                count, to: Catalog.podSNATEntries, PodLabel(Identity(pod: "")), .overflow,
                transport)
        }
        for (transport, count) in wholes.rest(\.transport, and: pressure.folded) {
            samples.add(count, to: Catalog.snatEntries, .overflow, transport)
        }
        samples.add(pressure.folded, to: Catalog.snatFolded)
        let largest = Double(perPort.values.max() ?? 0)
        samples.add(largest / PortPressure.ports, to: Catalog.snatPortUsage)
    }

    /// What one port can be held for once.
    private struct Port: Hashable {
        let address: IPAddress
        let destination: IPAddress
        let port: UInt16
        let protocolNumber: UInt8

        init(_ use: PortPressure.Use) {
            address = use.address
            destination = use.destination
            port = use.destinationPort
            protocolNumber = use.protocolNumber
        }
    }

    private struct Whole: Hashable {
        let address: IPAddress
        let destination: IPAddress
        let port: UInt16
        let transport: TransportProtocol

        init(_ use: PortPressure.Use) {
            address = use.address
            destination = use.destination
            port = use.destinationPort
            transport = TransportProtocol(number: use.protocolNumber)
        }

        var label: SNATUse {
            let host = destination.isV4 ? "\(destination)" : "[\(destination)]"
            return SNATUse(address: "\(address)", destination: "\(host):\(port)")
        }
    }

    private struct Part: Hashable {
        let identity: Identity
        let whole: Whole
    }
}

/// Counts of which only so many get a series.
private struct TopUses<Key: Hashable> {
    var counts: [Key: UInt64] = [:]
    /// Some places are kept for what is left over, of each protocol.
    private let places: Int

    init(_ series: Int) {
        places = series - TransportProtocol.allCases.count
    }

    var largest: some Sequence<(key: Key, value: UInt64)> { sorted.prefix(places) }

    func rest(
        _ transport: (Key) -> TransportProtocol, and folded: UInt64
    ) -> [TransportProtocol: UInt64] {
        var rest: [TransportProtocol: UInt64] = folded > 0 ? [.other: folded] : [:]
        for (key, count) in sorted.dropFirst(places) { rest[transport(key), default: 0] += count }
        return rest
    }

    private var sorted: [(key: Key, value: UInt64)] {
        counts.sorted { $0.value > $1.value }
    }
}
