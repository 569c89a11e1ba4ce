/// A provider of Event Tracing for Windows that is listened to.
package enum EventProvider: String, CaseIterable, Sendable {
    /// Microsoft-Windows-DNS-Client, {1C95126E-7EEA-49A9-A3FE-A378B03DDB4D}: 3006 query, 3008 completed
    /// and so on.
    case dnsClient = "dns-client"
    /// Microsoft-Windows-PktMon, {4D4F80D9-C8BD-4D73-BB5B-19C90402C5AC}: packets, which come while pktmon was told to write
    /// them (`pktmon start --etw`). It is there since Server 2019, before the packet monitor's API is.
    case pktmon

    package var guid: String {
        switch self {
        case .pktmon: "4D4F80D9-C8BD-4D73-BB5B-19C90402C5AC"
        case .dnsClient: "1C95126E-7EEA-49A9-A3FE-A378B03DDB4D"
        }
    }

    /// For errors.
    var call: String { "events of \(rawValue)" }

    /// Where what came is in a recording.
    var file: String { "events/\(rawValue).hex" }
}

/// Listens to a provider of events, in a session of its own.
package protocol EventTransport: Sendable {
    /// What has come since the last call, without waiting; the first call begins to listen. Each record
    /// is 24 bytes, little-endian, and then the event's user data, as many bytes as `length` says:
    ///
    ///     UInt64 timeStamp (FILETIME), UInt32 processID, UInt16 eventID, UInt8 version, UInt8 0,
    ///     UInt32 length, UInt32 lost (events that did not fit before this one)
    func records(of provider: EventProvider) throws(WindowsCallError) -> [UInt8]
}
