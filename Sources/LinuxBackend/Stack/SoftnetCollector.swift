package import MetricSchema
package import Observability

/// Each processor's part of the receive path; of the node as a whole, since namespaces share it.
package struct SoftnetCollector: Collector {
    package let name = CollectorName("softnet")
    private let read: @Sendable () throws -> [UInt8]
    private let wide = WideCounters<Place>()

    private struct Place: Hashable {
        enum Column { case processed, dropped, squeezed, limited }
        let cpu: Int
        let column: Column
    }

    /// `read` gives /proc/net/softnet_stat.
    package init(
        read: @escaping @Sendable () throws -> [UInt8] = { try ProcNet.bytes("softnet_stat") }
    ) {
        self.read = read
    }

    package func collect(into samples: inout SampleBuffer) throws {
        for row in try SoftnetRow.all(in: read()) {
            let cpu = CPUNumber(row.cpu)
            func total(_ column: Place.Column, _ now: UInt32) -> UInt64 {
                wide.total(of: Place(cpu: row.cpu, column: column), now: now)
            }
            samples.add(total(.processed, row.processed), to: Catalog.softnetPackets, cpu)
            samples.add(total(.dropped, row.dropped), to: Catalog.softnetDropped, cpu)
            samples.add(total(.squeezed, row.timeSqueeze), to: Catalog.softnetSqueezes, cpu)
            samples.add(total(.limited, row.flowLimited), to: Catalog.softnetFlowLimited, cpu)
            if let backlog = row.backlog {
                samples.add(UInt64(backlog), to: Catalog.softnetBacklog, cpu)
            }
        }
    }
}
