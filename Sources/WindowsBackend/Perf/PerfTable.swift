/// Performance counters of one object, as `PerfTransport` gives them: lines of instance, counter and raw
/// value between tabs.
package struct PerfTable: Equatable, Sendable {
    /// Values by instance and counter. What has no instances has one without a name.
    package private(set) var instances: [String: [String: UInt64]] = [:]
    /// Counters that this system does not have.
    package private(set) var absent: [String] = []
    package private(set) var unreadable = UnreadableValues()

    package init(parsing bytes: [UInt8]) {
        for line in bytes.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            let parts = line.split(separator: 0x09, omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self) }
            guard parts.count == 3 else {
                unreadable.note("a line of \(parts.count) parts")
                continue
            }
            if let value = UInt64(parts[2]) {
                instances[parts[0], default: [:]][parts[1]] = value
            } else if parts[2].hasPrefix("0x"), parts[0].isEmpty {
                absent.append(parts[1])
            } else {
                unreadable.note(parts[1])
            }
        }
    }
}
