import MetricSchema

/// Writes a histogram in the classic form: a cumulative line for each bound, then `_sum` and `_count`.
struct HistogramText {
    let name: UnsafeRawBufferPointer
    let labels: UnsafeRawBufferPointer
    let bounds: [(place: Int, text: [UInt8])]
    let form: HistogramForm

    /// What `le` says of each shown bound, and the last place whose latencies are all within it. OpenMetrics wants
    /// `1.0` where the older format has `1`.
    static func bounds(
        _ format: ExpositionFormat, _ form: HistogramForm
    ) -> [(place: Int, text: [UInt8])] {
        if form == .retinaMilliseconds { return retinaBounds }
        return LatencyBuckets.classicPlaces.map { place in
            let seconds = LatencyBuckets.seconds(of: place)
            let isShort = format == .text && seconds.rounded() == seconds
            let text = isShort ? "\(Int(seconds))" : "\(seconds)"
            return (place, Array(text.utf8))
        }
    }

    /// 0.5, 1.5, … 63.5 ms. A latency counts from the first of them that its own bucket is within: never too early, and
    /// a quarter of an octave too late at most.
    private static let retinaBounds: [(place: Int, text: [UInt8])] = (0..<64).map { number in
        let nanoseconds = UInt64(number) * 1_000_000 + 500_000
        let place = LatencyBuckets.bounds.lastIndex { $0 <= nanoseconds } ?? 0
        return (place, Array("\(number).5".utf8))
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
        let unit = form == .seconds ? 1e9 : 1e6
        line("_sum", le: nil, .number(Double(histogram.nanoseconds) / unit), into: &chunk)
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
