import Glibc
package import MetricSchema
package import Observability

/// What the agent's own process costs.
package struct ProcessCollector: Collector {
    package let name = CollectorName("process")

    package init() {}

    package func collect(into samples: inout SampleBuffer) throws {
        var usage = rusage()
        guard getrusage(RUSAGE_SELF.rawValue, &usage) == 0 else {
            throw SystemCallError("getrusage")
        }
        samples.add(usage.ru_utime.seconds, to: Catalog.agentCPU, .user)
        samples.add(usage.ru_stime.seconds, to: Catalog.agentCPU, .system)
        // Second number of statm: resident pages.
        let pages = SmallFile.text("/proc/self/statm")?.split(separator: " ").dropFirst().first
        guard let pages = pages.flatMap({ UInt64($0) }) else {
            throw SystemCallError("read", "/proc/self/statm")
        }
        samples.add(pages * UInt64(getpagesize()), to: Catalog.agentMemory)
    }
}

extension timeval {
    fileprivate var seconds: Double { Double(tv_sec) + Double(tv_usec) * 1e-6 }
}
