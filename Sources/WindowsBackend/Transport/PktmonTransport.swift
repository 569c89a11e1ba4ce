/// A question for pktmon.exe, the packet monitor's command, which is there since Server 2019 and
/// speaks JSON since 2022.
package enum PktmonRequest: String, CaseIterable, Sendable {
    /// Whether the one session there can be is running, in the system's language.
    case status
    /// NICs, switches, filters: every component that can count.
    case components
    /// What each component has counted since counting began, drops by their last reason.
    case counters

    package var arguments: [String] {
        switch self {
        case .status: ["status"]
        case .components: ["list", "--include-hidden", "--json"]
        case .counters: ["counters", "--include-hidden", "--drop-reason", "--json"]
        }
    }

    /// For errors.
    var commandLine: String { (["pktmon"] + arguments).joined(separator: " ") }

    /// Where the answer is in a recording.
    var file: String {
        switch self {
        case .status: "pktmon/status.txt"
        case .components: "pktmon/components.json"
        case .counters: "pktmon/counters.json"
        }
    }
}

/// Runs pktmon and gives back what it wrote, and reads the packet monitor's own stream.
package protocol PktmonTransport: Sendable {
    /// Blocks until pktmon ends, and ends it where it takes too long.
    func ask(_ request: PktmonRequest) throws(WindowsCallError) -> [UInt8]

    /// Begins counting (`pktmon start --capture --counters-only`), which zeroes the counters. Fails where
    /// somebody's session is running: there is one on a system, and it is not ended for ours.
    func start() throws(WindowsCallError)

    /// Ends what `start` began.
    func stop() throws(WindowsCallError)
}

/// Packets' metadata from the packet monitor's live session (pktmonapi.dll, Server 2022 and later),
/// without the packets.
package protocol PacketStreamTransport: Sendable {
    /// What has come since the last call, without waiting. Each record is a header of six little-endian
    /// 32-bit numbers and then as many bytes as the first says:
    ///
    ///     dataSize, metadataOffset, packetOffset, packetLength, missedWrites, missedReads
    ///
    /// It is PACKETMONITOR_STREAM_DATA_DESCRIPTOR with the data in place of the pointer; offsets are into
    /// the data, `metadataOffset` is that of the 40 bytes of PACKETMONITOR_STREAM_METADATA. The data
    /// may be cut before the packet ends.
    func records() throws(WindowsCallError) -> [UInt8]
}
