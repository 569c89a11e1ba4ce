import MetricSchema
import Observability
import Testing

/// TCP's quality by who talks to whom.
struct TCPFlowTableTests {
    private let identities = IdentityIndex()
    private let table: FlowTable
    private static let blue = Identity(namespace: "shop", pod: "blue")
    private static let green = Identity(namespace: "shop", pod: "green")

    init() {
        table = FlowTable(identities: identities)
    }

    @Test("packets are counted from sender to receiver, latencies from who waited to who answered")
    func directions() {
        identities.update(
            endpoints: [Self.endpoint(1, Self.blue), Self.endpoint(2, Self.green)],
            nodeAddresses: [])
        var reply = TCPFlowQuality()
        reply.resets = 3
        reply.roundTrip = .init(samples: 4, nanoseconds: 2_000_000_000)
        reply.clientReply = .init(samples: 1, nanoseconds: 500_000_000)
        var sent = TCPFlowQuality()
        sent.retransmitted = .init(packets: 5, bytes: 600)
        sent.serverReply = .init(samples: 2, nanoseconds: 250_000_000)
        table.add(tcp: [
            Self.delta(2, 1, .ingress, at: 1, reply), Self.delta(1, 2, .egress, at: 1, sent),
            Self.delta(1, 2, .egress, at: 0, sent),  // of no endpoint
        ])
        #expect(
            series() == [
                "reset_packets green > blue ingress": 3,
                "round_trips blue > green": 4, "round_trip_seconds blue > green": 2,
                "handshakes blue > green client synack": 1,
                "handshake_seconds blue > green client synack": 0.5,
                "resequenced_packets blue > green egress retransmission": 5,
                "resequenced_bytes blue > green egress retransmission": 600,
                "handshakes blue > green server synack": 2,
                "handshake_seconds blue > green server synack": 0.25,
            ])
    }

    @Test("what is new is added, also to what was seen before the endpoint had its name")
    func provisional() {
        let unknown = Identity(pod: "cni-1")
        identities.update(endpoints: [Self.endpoint(1, unknown)], nodeAddresses: [])
        var quality = TCPFlowQuality()
        quality.zeroWindows = 2
        table.add(tcp: [Self.delta(1, 77, .egress, at: 1, quality)])
        #expect(series() == ["zero_window_packets cni-1 > reserved:world egress": 2])
        identities.update(
            endpoints: [
                Endpoint(
                    number: 1, identity: Self.blue, provisional: unknown,
                    addresses: [IPAddress(v4: 1)])
            ], nodeAddresses: [])
        table.add(tcp: [Self.delta(1, 77, .egress, at: 1, quality)])
        #expect(series() == ["zero_window_packets blue > reserved:world egress": 4])
    }

    @Test("a pair's series end with the endpoint's")
    func retired() {
        identities.update(endpoints: [Self.endpoint(1, Self.blue)], nodeAddresses: [])
        var quality = TCPFlowQuality()
        quality.resets = 1
        table.add(tcp: [Self.delta(1, 77, .egress, at: 1, quality)])
        identities.update(endpoints: [], nodeAddresses: [])
        #expect(series().count == 1)
        #expect(series(at: .now + SeriesLifetime.grace * 2).isEmpty)
    }

    /// Without what names have in common, and of labels the values alone.
    private func series(at now: ContinuousClock.Instant = .now) -> [String: Double] {
        var samples = SampleBuffer()
        table.write(to: &samples, now: now)
        var found: [String: Double] = [:]
        for family in samples.families {
            let name = family.descriptor.name.dropFirst("fovea_flow_tcp_".count).dropLast(6)
            for row in family.rows {
                var labels = row.labels.split(separator: ",").compactMap { pair in
                    pair.contains("namespace")
                        ? nil : pair.split(separator: "\"").last.map(String.init)
                }
                labels.insert(">", at: 1)
                let key = ([String(name)] + labels).joined(separator: " ")
                switch row.value {
                case .count(let count): found[key] = Double(count)
                case .number(let number): found[key] = number
                case .histogram: break
                }
            }
        }
        return found
    }

    private static func endpoint(_ number: UInt16, _ identity: Identity) -> Endpoint {
        Endpoint(number: number, identity: identity, addresses: [IPAddress(v4: UInt32(number))])
    }

    private static func delta(
        _ source: UInt32, _ destination: UInt32, _ direction: Direction, at endpoint: UInt16,
        _ quality: TCPFlowQuality
    ) -> TCPFlowDelta {
        TCPFlowDelta(
            FlowDelta(
                source: IPAddress(v4: source), destination: IPAddress(v4: destination),
                sourcePort: 0, destinationPort: 80, protocolNumber: 6, direction: direction,
                endpoint: endpoint, packets: 0, bytes: 0), quality)
    }
}
