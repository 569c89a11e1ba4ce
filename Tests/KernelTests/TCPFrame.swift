import LinuxBackend

/// One packet of a TCP connection between an endpoint (10.0.0.1 or 2001:db8::1, port 40000) and a peer.
struct TCPFrame {
    struct Flags: OptionSet {
        let rawValue: UInt8
        static let fin = Flags(rawValue: 0x01)
        static let syn = Flags(rawValue: 0x02)
        static let rst = Flags(rawValue: 0x04)
        static let psh = Flags(rawValue: 0x08)
        static let ack = Flags(rawValue: 0x10)
        static let urg = Flags(rawValue: 0x20)
        static let ece = Flags(rawValue: 0x40)
        static let cwr = Flags(rawValue: 0x80)
    }

    var flags: Flags
    var sequence: UInt32 = 1
    var acknowledged: UInt32 = 0
    var payload = 0
    var window: UInt16 = 1000
    var port: UInt16 = 40_000
    var peerPort: UInt16 = 443
    var six = false

    /// As the endpoint sends it, or as its peer does.
    func bytes(sent: Bool) -> [UInt8] {
        let local: [UInt8] = six ? Self.address6(1) : [10, 0, 0, 1]
        let peer: [UInt8] = six ? Self.address6(2) : [10, 0, 0, 2]
        let ports = sent ? (port, peerPort) : (peerPort, port)
        let addresses = sent ? local + peer : peer + local
        let length = 20 + payload
        var frame: [UInt8] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2]
        if six {
            frame += [0x86, 0xdd, 0x60, 0, 0, 0] + Self.big(UInt16(length)) + [6, 64]
        } else {
            frame +=
                [8, 0, 0x45, 0] + Self.big(UInt16(20 + length)) + [0, 0, 0x40, 0, 64, 6, 0, 0]
        }
        frame += addresses + Self.big(ports.0) + Self.big(ports.1)
        frame += Self.big(sequence) + Self.big(acknowledged) + [0x50, flags.rawValue]
        return frame + Self.big(window) + [0, 0, 0, 0] + [UInt8](repeating: 0, count: payload)
    }

    private static func address6(_ last: UInt8) -> [UInt8] {
        [0x20, 0x01, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [last]
    }

    private static func big<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }
}

extension LivePacketProgram {
    /// Gives the program a packet that endpoint 1 sent.
    func send(_ frame: TCPFrame, gsoSegments: UInt32 = 0) throws {
        try testRun(.egress, frame: frame.bytes(sent: true), gsoSegments: gsoSegments)
    }

    /// Gives the program a packet that endpoint 1 received.
    func receive(_ frame: TCPFrame, gsoSegments: UInt32 = 0) throws {
        try testRun(.ingress, frame: frame.bytes(sent: false), gsoSegments: gsoSegments)
    }
}
