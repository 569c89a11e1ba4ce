import Dispatch
import MetricSchema
import Observability
import Synchronization

/// A system that says the same every time.
struct FixedBackend: Backend {
    var system = System.linux
    var capabilities: [Capability] = []
    var collectors: [any Collector] = []
    var recentFlows: RecentFlows?

    func run() async {}
}

/// Says what it was given.
struct FixedCollector: Collector {
    let name: CollectorName
    let samples: @Sendable (inout SampleBuffer) -> Void

    init(_ name: String, _ samples: @escaping @Sendable (inout SampleBuffer) -> Void) {
        self.name = CollectorName(name)
        self.samples = samples
    }

    func collect(into samples: inout SampleBuffer) throws { self.samples(&samples) }
}

/// Says half of it, then fails.
struct FailingCollector: Collector {
    struct Failure: Error {}
    let name = CollectorName("failing")

    func collect(into samples: inout SampleBuffer) throws {
        samples.add(7 as UInt64, to: Catalog.nodeBytes, .ingress)
        throw Failure()
    }
}

/// Does not answer before it is let go, and so misses every deadline.
struct HangingCollector: Collector {
    let name = CollectorName("hanging")
    private let gate = DispatchSemaphore(value: 0)

    func letGo() { gate.signal() }

    func collect(into samples: inout SampleBuffer) throws {
        gate.wait()
        samples.add(9 as UInt64, to: Catalog.nodeSegments, .ingress)
    }
}

/// Fails with the next of the given reasons each time; nil is success.
final class ScriptedCollector: Collector {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let name = CollectorName("scripted")
    let count: Int
    private let left: Mutex<ArraySlice<String?>>

    init(_ reasons: [String?]) {
        count = reasons.count
        left = Mutex(reasons[...])
    }

    func collect(into samples: inout SampleBuffer) throws {
        let reason = left.withLock { $0.popFirst() }
        if let reason = reason ?? nil { throw Failure(description: reason) }
    }
}
