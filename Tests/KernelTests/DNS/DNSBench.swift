import CLibBPF
import LinuxBackend
import MetricSchema

/// The packet and DNS programs by themselves. Frames are given to them as if they came from a pod's link:
/// what `receive` is given the endpoint received, what `send` is given it sent.
struct DNSBench {
    let packets: LivePacketProgram
    let dns: LiveDNSProgram

    static let endpoint: UInt16 = 1

    /// Small maps: most of a test's time would be making them.
    static var settings: DNSSettings {
        var settings = DNSSettings()
        settings.pendingQueries = 1024
        settings.streams = 256
        return settings
    }

    init(_ settings: DNSSettings = settings) throws {
        let cpus = Int(libbpf_num_possible_cpus())
        let size = PacketProgramSize(
            cpus: cpus, cacheBytes: 1 << 16, spillEntries: 64, endpoints: 16)
        packets = try LivePacketProgram(size: size, dnsPorts: settings.ports)
        dns = try LiveDNSProgram(settings, packets: packets, endpoints: 16, cpus: cpus)
        try packets.set(1, endpoint: Self.endpoint, marks: [])
    }

    @discardableResult
    func receive(_ frame: [UInt8], gsoSegments: UInt32 = 0) throws -> Int32 {
        try packets.testRun(.ingress, frame: frame, gsoSegments: gsoSegments).verdict
    }

    @discardableResult
    func send(_ frame: [UInt8], gsoSegments: UInt32 = 0) throws -> Int32 {
        try packets.testRun(.egress, frame: frame, gsoSegments: gsoSegments).verdict
    }

    var counters: DNSCounters {
        get throws { try dns.counters(of: Self.endpoint) }
    }
}

/// Ethernet frames around DNS messages: a client 10.0.0.1 (2001:db8::1) and a server 10.0.0.2 (2001:db8::2).
enum DNSFrame {
    /// `www.example.com`, as in a question.
    static let name = "03777777 076578616d706c65 03636f6d 00"

    /// Bytes of hexadecimal digits, which tests write themselves: wrong ones are a wrong test.
    static func bytes(_ hex: String) -> [UInt8] {
        guard let bytes = KernelTier.FrameTests.bytes(hex) else {
            preconditionFailure("no hex: \(hex)")
        }
        return bytes
    }

    static func query(id: UInt16 = 0x1234, type: UInt16 = 1, name: String = DNSFrame.name)
        -> [UInt8]
    {
        word(id) + bytes("0100 0001 0000 0000 0000 \(name)") + word(type) + word(1)
    }

    /// Answers `query` with a code and no record.
    static func response(to query: [UInt8], code: UInt8 = 0) -> [UInt8] {
        var message = query
        message[2] |= 0x80
        message[3] = 0x80 | code
        return message
    }

    enum Way { case toServer, toClient }

    static func udp(
        _ message: [UInt8], _ way: Way = .toServer, six: Bool = false, clientPort: UInt16 = 4000,
        serverPort: UInt16 = 53
    ) -> [UInt8] {
        let header = ports(way, clientPort, serverPort) + word(UInt16(8 + message.count)) + [0, 0]
        return ip(header + message, 17, way, six: six)
    }

    static func tcp(
        _ payload: [UInt8], _ way: Way = .toServer, sequence: UInt32, flags: UInt8 = 0x18,
        six: Bool = false
    ) -> [UInt8] {
        let header =
            ports(way, 4000, 53) + word(UInt16(sequence >> 16))
            + word(UInt16(truncatingIfNeeded: sequence)) + [0, 0, 0, 0, 0x50, flags]
            + [0xff, 0xff, 0, 0, 0, 0]
        return ip(header + payload, 6, way, six: six)
    }

    /// With its length before it, as over TCP.
    static func prefixed(_ message: [UInt8]) -> [UInt8] { word(UInt16(message.count)) + message }

    static func word(_ number: UInt16) -> [UInt8] {
        [UInt8(number >> 8), UInt8(truncatingIfNeeded: number)]
    }

    private static func ports(_ way: Way, _ client: UInt16, _ server: UInt16) -> [UInt8] {
        way == .toServer ? word(client) + word(server) : word(server) + word(client)
    }

    private static func ip(_ payload: [UInt8], _ number: UInt8, _ way: Way, six: Bool) -> [UInt8] {
        let ethernet = bytes("020000000001 020000000002") + bytes(six ? "86dd" : "0800")
        let addresses = six ? v6(way) : v4(way)
        if six {
            return ethernet + bytes("60000000") + word(UInt16(payload.count)) + [number, 64]
                + addresses + payload
        }
        return ethernet + bytes("4500") + word(UInt16(20 + payload.count))
            + bytes("00000000 40") + [number, 0, 0] + addresses + payload
    }

    private static func v4(_ way: Way) -> [UInt8] {
        bytes(way == .toServer ? "0a000001 0a000002" : "0a000002 0a000001")
    }

    private static func v6(_ way: Way) -> [UInt8] {
        let (client, server) = (
            "20010db8000000000000000000000001", "20010db8000000000000000000000002"
        )
        return bytes(way == .toServer ? client + server : server + client)
    }
}
