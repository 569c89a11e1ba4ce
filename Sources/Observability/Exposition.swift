package import MetricSchema

/// The text formats that Prometheus reads.
package enum ExpositionFormat: Sendable, Equatable {
    /// Prometheus text format 0.0.4.
    case text
    /// OpenMetrics 1.0.
    case openMetrics

    package var contentType: String {
        switch self {
        case .text: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }
}

/// Writes a scrape, families and series sorted, a chunk at a time.
package struct Exposition: Sendable {
    package static let chunkSize = 64 * 1024

    private let format: ExpositionFormat
    private let families: [SortedFamily]
    private var family = 0
    private var sample = 0
    private var finished = false

    package init(_ samples: consuming SampleBuffer, as format: ExpositionFormat) {
        self.format = format
        families = samples.families
            .filter { !$0.values.isEmpty }
            .sorted { $0.descriptor.name < $1.descriptor.name }
            .map { SortedFamily($0) }
    }

    /// Metrics that were written twice under the same labels. Such a family is left out: which of the two
    /// is true cannot be told.
    package var duplicates: [MetricDescriptor] {
        families.filter(\.hasDuplicates).map(\.family.descriptor)
    }

    /// Puts the next piece into `chunk`, replacing what it held; false when there is no more.
    package mutating func next(into chunk: inout TextChunk) -> Bool {
        if finished { return false }
        chunk.removeAll()
        while family < families.count {
            let current = families[family]
            if !current.hasDuplicates {
                if sample == 0 { chunk.append(text: current.family.descriptor.header(format)) }
                sample = current.write(from: sample, as: format, into: &chunk)
                if sample < current.family.values.count { return true }
            }
            family += 1
            sample = 0
        }
        if format == .openMetrics { chunk.append(text: "# EOF\n") }
        finished = true
        return true
    }

    /// The whole text at once, for tests and small answers.
    package consuming func text() -> String {
        var copy = self
        var all: [UInt8] = []
        var chunk = TextChunk()
        while copy.next(into: &chunk) { all += chunk.bytes }
        return String(decoding: all, as: UTF8.self)
    }
}

extension MetricDescriptor {
    /// HELP and TYPE, and UNIT in OpenMetrics, where a counter's family has no `_total`, and its samples must: one of
    /// Retina's is of unknown type there, and keeps its name.
    fileprivate func header(_ format: ExpositionFormat) -> String {
        var family = name
        var type = kind.rawValue
        if format == .openMetrics, kind == .counter {
            if family.hasSuffix("_total") {
                family.removeLast("_total".count)
            } else {
                type = "unknown"
            }
        }
        var text = "# HELP \(family) \(help)\n# TYPE \(family) \(type)\n"
        if format == .openMetrics, unit != .none { text += "# UNIT \(family) \(unit.rawValue)\n" }
        return text
    }
}
