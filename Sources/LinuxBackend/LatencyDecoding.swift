package import KernelABI
package import MetricSchema

extension LatencyHistogram {
    /// As programs hold it.
    package init(_ histogram: latency_histogram) {
        let counts = withUnsafeBytes(of: histogram.counts) { Array($0.bindMemory(to: UInt64.self)) }
        self =
            LatencyHistogram(counts: counts, nanoseconds: histogram.nanoseconds)
            ?? LatencyHistogram()
    }
}
