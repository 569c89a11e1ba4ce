import MetricSchema
import Observability
import Testing

@testable import LinuxBackend

/// Sockets, from what every kernel recorded of the same ones.
struct SocketTests {
    static func census(_ recording: Recording) throws -> SocketCensus {
        var census = SocketCensus()
        for (name, transport) in [
            ("tcp4", SocketProtocol.tcp), ("tcp6", .tcp), ("udp4", .udp), ("udp6", .udp),
        ] {
            try recording.bytes("netlink/sockets-\(name)").withUnsafeBytes { answer in
                try SocketRow.forEach(in: answer) { census.add($0, transport) }
            }
        }
        return census
    }

    @Test("as many sockets in each state as were made", arguments: Recording.all)
    func states(_ recording: Recording) throws {
        let census = try Self.census(recording)
        func counts(_ family: AddressFamily, _ transport: SocketProtocol) -> [SocketState: UInt64] {
            var counts: [SocketState: UInt64] = [:]
            for (kind, count) in census.counts
            where kind.family == family && kind.transport == transport {
                counts[kind.state] = count
            }
            return counts
        }
        #expect(
            counts(.ipv4, .tcp) == [.listen: 3, .established: 6, .closeWait: 1, .timeWait: 1])
        #expect(
            counts(.ipv6, .tcp) == [.listen: 2, .established: 4, .closeWait: 1, .timeWait: 1])
        #expect(counts(.ipv4, .udp) == [.close: 2, .established: 1])
        #expect(counts(.ipv6, .udp) == [.close: 2, .established: 1])
    }

    @Test("listeners' queues are by port, both families together", arguments: Recording.all)
    func listeners(_ recording: Recording) throws {
        let census = try Self.census(recording)
        #expect(
            census.listeners == [
                7000: .init(waiting: 0, limit: 32), 7001: .init(waiting: 4, limit: 4),
                7002: .init(waiting: 2, limit: 1),
            ])
        #expect(census.fullest == 2)
    }

    @Test("bytes that nobody has read", arguments: Recording.all)
    func queues(_ recording: Recording) throws {
        let census = try Self.census(recording)
        // A thousand of each family, and one for the end of each that was closed.
        #expect(census.queues[.tcp]?.receive == 2002 && census.queues[.tcp]?.send == 0)
        // Of UDP the kernel counts its own memory for them.
        #expect(census.queues[.udp]?.receive ?? 0 >= 2 * 3 * 500)
    }

    @Test("ports beyond the budget share a series, those that wait most have their own")
    func ports() throws {
        let census = try Self.census(Recording(kernel: "6.18"))
        let ports = census.ports(atMost: 1)
        #expect(ports.map(\.port.value) == ["7001", "other"])
        #expect(ports.map(\.listeners.waiting) == [4, 2])
        #expect(ports.map(\.listeners.limit) == [4, 33])
        #expect(census.ports(atMost: 3).map(\.port.value) == ["7000", "7001", "7002"])
        #expect(census.ports(atMost: 0).map(\.port.value) == ["other"])
    }

    @Test("a state that came later is counted as such, and a socket cut short is an error")
    func odd() throws {
        var message = [UInt8](repeating: 0, count: 72)
        message[0] = 2
        message[1] = 77
        var rows: [SocketRow] = []
        try NetlinkBytes.message(20, message).withUnsafeBytes { answer in
            try SocketRow.forEach(in: answer) { rows.append($0) }
        }
        #expect(rows.map(\.state) == [.other])
        #expect(throws: NetlinkDecodingError.self) {
            try NetlinkBytes.message(20, message.dropLast(4)).withUnsafeBytes { answer in
                try SocketRow.forEach(in: answer) { _ in }
            }
        }
    }

    /// A socket with INET_DIAG_INFO behind another attribute.
    private static func socket(
        _ state: UInt8, roundTrip: UInt32, information: Int = 104
    ) -> [UInt8] {
        var message = [UInt8](repeating: 0, count: 72)
        message[0] = 2
        message[1] = state
        var info = [UInt8](repeating: 0xee, count: information)
        if information >= 72 { info.replaceSubrange(68..<72, with: NetlinkBytes.bytes(roundTrip)) }
        return NetlinkBytes.message(
            20,
            message + NetlinkBytes.attribute(7, [9, 9, 9, 9]) + NetlinkBytes.attribute(2, info))
    }

    static func add(_ roundTrip: UInt32, to census: inout SocketCensus) throws {
        try socket(1, roundTrip: roundTrip).withUnsafeBytes { answer in
            try SocketRow.forEach(in: answer) { census.add($0, .tcp) }
        }
    }

    @Test("established sockets are counted by round trip, whatever other sockets have")
    func roundTrips() throws {
        var census = SocketCensus()
        let sockets: [(state: UInt8, roundTrip: UInt32)] = [
            (1, 0), (1, 1), (1, 999), (1, 1_000), (1, 9_999), (1, 10_000), (1, 100_000),
            (1, 999_999), (1, 1_000_000), (8, 5_000_000), (6, 7),
        ]
        for socket in sockets {
            let bytes = Self.socket(socket.state, roundTrip: socket.roundTrip)
            try bytes.withUnsafeBytes { answer in
                try SocketRow.forEach(in: answer) { census.add($0, .tcp) }
            }
        }
        #expect(
            census.roundTrips == [
                .unmeasured: 1, .under1ms: 2, .under10ms: 2, .under100ms: 1, .under1s: 2,
                .longer: 1,
            ])
        #expect(census.longestRoundTrip == 1_000_000)
    }

    @Test("information that is too short for a round trip has none, and one cut short is an error")
    func shortInformation() throws {
        var census = SocketCensus()
        let short = Self.socket(1, roundTrip: 0, information: 68)
        try short.withUnsafeBytes { answer in
            try SocketRow.forEach(in: answer) { census.add($0, .tcp) }
        }
        #expect(census.roundTrips == [.unmeasured: 1] && census.longestRoundTrip == nil)
        let whole = Self.socket(1, roundTrip: 5)
        let message = Array(whole.dropFirst(16).dropLast(8))
        #expect(throws: NetlinkDecodingError.self) {
            try NetlinkBytes.message(20, message).withUnsafeBytes { answer in
                try SocketRow.forEach(in: answer) { _ in }
            }
        }
    }

    @Test("an endpoint that went has no sockets any more")
    func gone() throws {
        let board = EndpointBoard()
        board.replace([.init(number: 3, owner: .namespace("blue"), links: ["pod1"])])
        let census = try Self.census(Recording(kernel: "6.18"))
        let survey = NamespaceSurvey<SocketCensus>(interval: .zero, budget: .seconds(9)) { _, _ in
            census
        }
        let collector = SocketCollector(board: board, ports: 2, survey: survey) { SocketCensus() }
        var places = EndpointPlaces()
        places.namespaces[1] = .init(endpoint: 3, path: "blue")
        survey.follow(places)
        func series() throws -> Int {
            var samples = SampleBuffer()
            try collector.collect(into: &samples)
            return samples.families.filter { $0.descriptor.level == .local }.reduce(0) {
                $0 + $1.rows.count
            }
        }
        // Twelve states, three ports' two numbers, one ratio, four queues, unmeasured round trips.
        #expect(try series() == 12 + 6 + 1 + 4 + 1)
        survey.follow(EndpointPlaces())
        #expect(try series() == 0)
    }
}

extension NetlinkDecoder {
    static let sockets = Recording.all.flatMap { recording in
        ["tcp4", "udp6"].map { name in
            NetlinkDecoder(fixture: "\(recording.kernel)/netlink/sockets-\(name)") {
                (bytes) throws(NetlinkDecodingError) in
                var rows = 0
                try bytes.withUnsafeBufferPointer { (buffer) throws(NetlinkDecodingError) in
                    try SocketRow.forEach(in: UnsafeRawBufferPointer(buffer)) { _ in rows += 1 }
                }
                return rows
            }
        }
    }
}
