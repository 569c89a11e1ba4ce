/// The rows that `fovea_perf_read` gives, as PerfTransport has them.
enum PerfRows {
    /// nil where the rows break off. `counters` are those that were asked for, in their order.
    static func text(_ rows: [UInt8], counters: [String]) -> [UInt8]? {
        var text: [UInt8] = []
        var rest = rows[...]
        while !rest.isEmpty {
            guard let place = number(&rest, 4), let status = number(&rest, 4),
                let value = number(&rest, 8), let length = number(&rest, 4),
                place < UInt64(counters.count), length <= UInt64(rest.count / 2)
            else { return nil }
            let units = (0..<Int(length)).map { _ in UInt16(number(&rest, 2) ?? 0) }
            let name = String(decoding: units.map { $0 < 0x20 ? 0x20 : $0 }, as: UTF16.self)
            let shown =
                status == 0
                ? "\(value)" : HRESULT(rawValue: UInt32(truncatingIfNeeded: status)).code
            let counter = counters[Int(place)]
            text += Array("\(status == 0 ? name : "")\t\(counter)\t\(shown)\n".utf8)
        }
        return text
    }

    /// Whether no row has a value.
    static func areAllFailures(_ rows: [UInt8]) -> Bool {
        var rest = rows[...]
        while !rest.isEmpty {
            guard number(&rest, 4) != nil, let status = number(&rest, 4),
                number(&rest, 8) != nil, let length = number(&rest, 4)
            else { return true }
            if status == 0 { return false }
            rest = rest.dropFirst(Int(clamping: length) * 2)
        }
        return true
    }

    private static func number(_ rest: inout ArraySlice<UInt8>, _ bytes: Int) -> UInt64? {
        guard rest.count >= bytes else { return nil }
        defer { rest = rest.dropFirst(bytes) }
        return rest.prefix(bytes).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
