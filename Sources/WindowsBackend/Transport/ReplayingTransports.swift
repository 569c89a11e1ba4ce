// Each answers as a recording did. What was not recorded fails with E_NOTIMPL, which is no answer that
// Windows gives.

package struct ReplayingHCN: HCNTransport {
    private let node: RecordedNode
    package init(_ node: RecordedNode) { self.node = node }

    package func list(_ kind: HCNKind) throws(WindowsCallError) -> [UInt8] {
        try node.bytes(kind.listFile, of: kind.listCall)
    }

    package func properties(of kind: HCNKind, _ id: GUID) throws(WindowsCallError) -> [UInt8] {
        try node.bytes(kind.file(id), of: kind.propertiesCall(id))
    }
}

package struct ReplayingVFP: VFPTransport {
    private let node: RecordedNode
    package init(_ node: RecordedNode) { self.node = node }

    package func ask(_ request: VFPRequest) throws(WindowsCallError) -> [UInt8] {
        try node.bytes(request.file, of: request.commandLine)
    }
}

package struct ReplayingPktmon: PktmonTransport {
    private let node: RecordedNode
    package init(_ node: RecordedNode) { self.node = node }

    package func ask(_ request: PktmonRequest) throws(WindowsCallError) -> [UInt8] {
        try node.bytes(request.file, of: request.commandLine)
    }

    /// Fails only where a failure was recorded, as `pktmon/start.error`.
    package func start() throws(WindowsCallError) {
        if case .failure(let cause) = node.answer("pktmon/start.txt") {
            throw WindowsCallError("pktmon start", cause)
        }
    }

    package func stop() throws(WindowsCallError) {}
}

package struct ReplayingPacketStream: PacketStreamTransport {
    private let node: RecordedNode
    package init(_ node: RecordedNode) { self.node = node }

    package func records() throws(WindowsCallError) -> [UInt8] {
        try node.records("pktmon/stream.hex", of: "PacketMonitorCreateRealtimeStream")
    }
}

package struct ReplayingIPHelper: IPHelperTransport {
    private let node: RecordedNode
    package init(_ node: RecordedNode) { self.node = node }

    package func read(
        _ table: IPHelperTable, compartment: UInt32?
    ) throws(WindowsCallError) -> [UInt8] {
        try node.bytes(table.file(in: compartment), of: table.call(in: compartment))
    }
}

package struct ReplayingPerf: PerfTransport {
    private let node: RecordedNode
    package init(_ node: RecordedNode) { self.node = node }

    package func read(_ set: PerfSet) throws(WindowsCallError) -> [UInt8] {
        try node.bytes(set.file, of: set.call)
    }
}

package struct ReplayingEvents: EventTransport {
    private let node: RecordedNode
    package init(_ node: RecordedNode) { self.node = node }

    package func records(of provider: EventProvider) throws(WindowsCallError) -> [UInt8] {
        try node.records(provider.file, of: provider.call)
    }
}
