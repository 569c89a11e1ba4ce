import KernelABI
import MetricSchema
import Observability

extension FlowDelta {
    /// A flow as the packet program writes it.
    init(_ key: flow_key, _ amount: FlowLedger.Amount) {
        let (source, destination) = withUnsafeBytes(of: key) { bytes in
            (IPAddress(bytes, at: 0), IPAddress(bytes, at: 16))
        }
        self.init(
            source: source, destination: destination, sourcePort: key.source_port,
            destinationPort: key.destination_port, protocolNumber: key.protocol,
            direction: Direction(marks: key.marks), endpoint: key.endpoint, packets: amount.packets,
            bytes: amount.bytes)
    }
}

extension IPAddress {
    init(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        self.init(
            high: UInt64(bigEndian: bytes.load(fromByteOffset: offset, as: UInt64.self)),
            low: UInt64(bigEndian: bytes.load(fromByteOffset: offset + 8, as: UInt64.self)))
    }
}

extension Direction {
    /// From `fovea_flow_mark`.
    init(marks: UInt8) {
        self = UInt32(marks) & FOVEA_FLOW_EGRESS.rawValue != 0 ? .egress : .ingress
    }

    /// From and to `fovea_direction`.
    init(number: UInt8) {
        self = UInt32(number) == FOVEA_EGRESS.rawValue ? .egress : .ingress
    }

    var number: Int { Int(self == .egress ? FOVEA_EGRESS.rawValue : FOVEA_INGRESS.rawValue) }
}
