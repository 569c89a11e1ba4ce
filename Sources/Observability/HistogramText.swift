import MetricSchema

/// Writes a histogram in the classic form: a cumulative line for each bound, then `_sum` and `_count`.
struct HistogramText {
    let name: UnsafeRawBufferPointer
    let labels: UnsafeRawBufferPointer
    let bounds: [(place: Int, text: [UInt8])]

    /// What `le` says of each shown bound. OpenMetrics wants `1.0` where the older format has `1`.
    static func bounds(_ format: ExpositionFormat) -> [(place: Int, text: [UInt8])] {
        LatencyBuckets.classicPlaces.map { place in
            let seconds = LatencyBuckets.seconds(of: place)
            let isShort = format == .text && seconds.rounded() == seconds
            let text = isShort ? "\(Int(seconds))" : "\(seconds)"
            return (place, Array(text.utf8))
        }
    }

    func write(_ histogram: LatencyHistogram, into chunk: inout TextChunk) {
        var total: UInt64 = 0
        var next = 0
        for (place, text) in bounds {
            while next <= place {
                total &+= histogram.counts[next]
                next += 1
            }
            line("_bucket", le: text, .count(total), into: &chunk)
        }
        let count = histogram.count
        line("_bucket", le: Array("+Inf".utf8), .count(count), into: &chunk)
        line("_sum", le: nil, .number(Double(histogram.nanoseconds) / 1e9), into: &chunk)
        line("_count", le: nil, .count(count), into: &chunk)
    }

    private func line(
        _ ending: StaticString, le bound: [UInt8]?, _ value: SampleValue,
        into chunk: inout TextChunk
    ) {
        chunk.reserve(name.count + labels.count + 80)
        chunk.append(name)
        ending.withUTF8Buffer { chunk.append(UnsafeRawBufferPointer($0)) }
        if bound != nil || labels.count > 0 {
            chunk.append(UInt8(ascii: "{"))
            chunk.append(labels)
            if let bound {
                if labels.count > 0 { chunk.append(UInt8(ascii: ",")) }
                chunk.append(text: "le=\"")
                bound.withUnsafeBytes { chunk.append($0) }
                chunk.append(UInt8(ascii: "\""))
            }
            chunk.append(UInt8(ascii: "}"))
        }
        chunk.append(UInt8(ascii: " "))
        chunk.append(value)
        chunk.append(UInt8(ascii: "\n"))
    }
}
