import KernelABI
import MetricSchema
import Observability
import Testing

@testable import LinuxBackend

/// The programs' records as each kernel gave them, against the traffic they were recorded of.
struct BPFRecordTests {
    private static let pod = IPAddress(v4: 0x0a09_0002)
    private static let node = IPAddress(v4: 0x0a09_0001)

    private func flows(_ records: BPFRecords) -> [FlowDelta] {
        records.entries("flow_cache").flatMap { entry in
            (0..<Int(FOVEA_FLOW_WAYS)).compactMap { way in
                let slot = BPFRecords.load(
                    entry.value, at: way * MemoryLayout<flow_slot>.stride, as: flow_slot.self)
                guard slot.generation > 0 else { return nil }
                return FlowDelta(slot.key, .init(packets: slot.packets, bytes: slot.bytes))
            }
        }
    }

    /// The number that the pod had.
    private func endpoint(_ records: BPFRecords) throws -> UInt16 {
        let numbers = Set(flows(records).map(\.endpoint))
        #expect(numbers.count == 1)
        return try #require(numbers.first)
    }

    private func sum(
        _ flows: [FlowDelta], where isMeant: (FlowDelta) -> Bool
    ) -> FlowLedger.Amount {
        flows.filter(isMeant).reduce(into: FlowLedger.Amount()) {
            $0 += FlowLedger.Amount(packets: $1.packets, bytes: $1.bytes)
        }
    }

    @Test("slots of the flow cache are the flows that were sent", arguments: BPFRecords.recordings)
    func slots(_ kernel: Recording) throws {
        let records = try BPFRecords(kernel)
        let flows = flows(records)
        // Ethernet, IP, UDP and ten bytes.
        let expected: [(port: UInt16, six: Bool, Direction, packets: UInt64)] = [
            (9000, false, .egress, BPFRecords.datagrams),
            (9000, true, .egress, BPFRecords.datagrams6),
            (9001, false, .ingress, BPFRecords.filtered),
            (9001, true, .ingress, BPFRecords.filtered6),
            (9002, false, .ingress, BPFRecords.closed),
        ]
        for (port, six, direction, packets) in expected {
            let amount = sum(flows) {
                $0.destinationPort == port && $0.protocolNumber == 17 && $0.source.isV4 != six
                    && $0.direction == direction
            }
            #expect(amount == .init(packets: packets, bytes: packets * (six ? 72 : 52)))
        }
        func connections(_ port: UInt16) -> [FlowDelta] {
            flows.filter {
                $0.protocolNumber == 6 && $0.destinationPort == port && $0.source == Self.pod
                    && $0.destination == Self.node && $0.direction == .egress
            }
        }
        #expect(UInt64(connections(9003).count) == BPFRecords.connections)
        #expect(connections(9004).map(\.packets) == Array(repeating: 1, count: 3))
        let questions = sum(flows) { $0.destinationPort == 53 && $0.direction == .egress }
        let answers = sum(flows) { $0.sourcePort == 53 && $0.direction == .ingress }
        #expect([questions.packets, answers.packets] == [7, 6])
    }

    @Test(
        "an endpoint's counters are its flows and what is in none", arguments: BPFRecords.recordings
    )
    func totals(_ kernel: Recording) throws {
        let records = try BPFRecords(kernel)
        let (flows, endpoint) = (flows(records), try endpoint(records))
        for direction in Direction.allCases {
            var total = EndpointTotals()
            for cpu in 0..<records.cpus {
                let place =
                    (cpu * BPFRecords.endpoints + Int(endpoint)) * Direction.allCases.count
                    + direction.number
                total += EndpointTotals(
                    try #require(
                        records.value("endpoints", place, as: endpoint_counters.self)))
            }
            let seen = sum(flows) { $0.direction == direction }
            #expect(total.packets > 50)
            #expect(total.packets == seen.packets + total.other.packets)
            #expect(total.bytes == seen.bytes + total.other.bytes)
            #expect(total.malformed == .init() && total.lost == .init())
        }
    }

    @Test(
        "drops have their reason, or the function where there is none",
        arguments: BPFRecords.recordings)
    func drops(_ kernel: Recording) throws {
        let records = try BPFRecords(kernel)
        let endpoint = try endpoint(records)
        let rows = records.entries("drops").map { entry in
            var amount = FlowLedger.Amount()
            for cpu in 0..<records.cpus {
                let totals = BPFRecords.load(
                    entry.value, at: cpu * MemoryLayout<drop_totals>.stride, as: drop_totals.self)
                amount += .init(packets: totals.packets, bytes: totals.bytes)
            }
            return DropRow(BPFRecords.load(entry.key, as: drop_key.self), amount)
        }
        let symbols = KernelSymbols(path: Fixture.path("\(kernel.kernel)/bpf/kallsyms"))
        let names = DropReasonNames(kernelNames: try kernel.dropReasons())
        func dropped(_ reason: String, _ function: String) -> FlowLedger.Amount {
            rows.filter { row in
                guard row.endpoint == endpoint, row.kind.direction == .ingress else {
                    return false
                }
                guard !names.isKnown else { return names[row.kind.reason] == reason }
                return symbols.names(for: [row.kind.location])[row.kind.location] == function
            }
            .reduce(into: .init()) { $0 += $1.amount }
        }
        #expect(
            dropped("netfilter_drop", "nf_hook_slow")
                == .init(
                    packets: BPFRecords.filtered + BPFRecords.filtered6,
                    bytes: BPFRecords.filtered * 38 + BPFRecords.filtered6 * 58))
        #expect(
            dropped("no_socket", "__udp4_lib_rcv")
                == .init(packets: BPFRecords.closed, bytes: BPFRecords.closed * 38))

        var hooks: [NetfilterPlace: UInt64] = [:]
        for entry in records.entries("netfilter_drops") {
            let key = BPFRecords.load(entry.key, as: netfilter_key.self)
            var packets: UInt64 = 0
            for cpu in 0..<records.cpus {
                packets += BPFRecords.load(entry.value, at: cpu * 8, as: UInt64.self)
            }
            let row = NetfilterDropRow(key, packets: packets)
            #expect(row.endpoint == endpoint && row.kind.direction == .ingress)
            let caller = symbols.names(for: [row.kind.caller])[row.kind.caller]
            hooks[NetfilterPlace(caller: caller ?? ""), default: 0] += row.packets
        }
        #expect(
            hooks == [
                NetfilterPlace(family: .ip, hook: .input): BPFRecords.filtered,
                NetfilterPlace(family: .ip6, hook: .input): BPFRecords.filtered6,
            ])
    }

    @Test(
        "what became of connections, as sockets of both ends saw it",
        arguments: BPFRecords.recordings)
    func sockets(_ kernel: Recording) throws {
        let records = try BPFRecords(kernel)
        func totals(_ endpoint: UInt16) throws -> TCPSocketTotals {
            let key = withUnsafeBytes(of: UInt32(endpoint)) { Array($0) }
            let bytes = try #require(
                records.entries("tcp_sockets").first { $0.key == key }?.value)
            return try #require(
                TCPSocketTotals(
                    (0..<TCPSocketTotals.words).map {
                        BPFRecords.load(bytes, at: $0 * 8, as: UInt64.self)
                    }))
        }
        let (pod, host) = (try totals(endpoint(records)), try totals(0))
        #expect(pod.established == [.client: BPFRecords.connections, .server: 0])
        #expect(pod.failed[.client]?[.refused] == BPFRecords.declined)
        #expect(pod.failed.values.flatMap(\.values).reduce(0, +) == BPFRecords.declined)
        #expect(pod.closed[.closed] == BPFRecords.connections)
        #expect(pod.resetsReceived == BPFRecords.declined)
        #expect(pod.connect.count == BPFRecords.connections && pod.accept.count == 0)
        // Who waited for the agent to count asked it for its metrics there, beside these.
        let accepted = host.established[.server] ?? 0
        #expect(accepted >= BPFRecords.connections && host.accept.count == accepted)
        #expect(host.closed[.closed] ?? 0 >= BPFRecords.connections)
    }

    @Test(
        "TCP's flags, handshakes and flows are those of the connections",
        arguments: BPFRecords.recordings)
    func packets(_ kernel: Recording) throws {
        let records = try BPFRecords(kernel)
        let endpoint = try endpoint(records)
        func counts(_ direction: Direction) throws -> TCPCounts {
            try (0..<records.cpus).reduce(into: TCPCounts()) { total, cpu in
                let place =
                    (cpu * BPFRecords.endpoints + Int(endpoint)) * Direction.allCases.count
                    + direction.number
                total += TCPCounts(
                    try #require(records.value("tcp_endpoints", place, as: tcp_counters.self)))
            }
        }
        let (sent, received) = (try counts(.egress), try counts(.ingress))
        #expect(sent.syn == BPFRecords.connections + BPFRecords.declined)
        #expect(received.synack == BPFRecords.connections && received.rst == BPFRecords.declined)
        #expect(sent.fin == BPFRecords.connections && received.fin == BPFRecords.connections)
        #expect(sent.untracked == 0 && received.untracked == 0)
        let place = Int(endpoint) * TCPLatencies.Kind.allCases.count
        let replies = LatencyHistogram(
            try #require(
                records.value(
                    "latencies", place + Int(TCPLatencies.Kind.clientReply.rawValue),
                    as: latency_histogram.self)))
        #expect(replies.count == BPFRecords.connections && replies.nanoseconds > 0)
        let flows = ["tcp_flows_a", "tcp_flows_b"].flatMap { records.entries($0) }.map {
            TCPFlowDelta(
                BPFRecords.load($0.key, as: flow_key.self),
                BPFRecords.load($0.value, as: tcp_flow.self))
        }
        #expect(flows.reduce(0) { $0 + $1.quality.resets } == BPFRecords.declined)
        let timed = flows.reduce(into: TCPFlowQuality.Latency()) {
            $0.samples += $1.quality.clientReply.samples
            $0.nanoseconds += $1.quality.clientReply.nanoseconds
        }
        #expect(timed.samples == replies.count && timed.nanoseconds == replies.nanoseconds)
    }

    @Test("DNS messages by type and code, who waits, and names", arguments: BPFRecords.recordings)
    func dns(_ kernel: Recording) throws {
        let records = try BPFRecords(kernel)
        let endpoint = try endpoint(records)
        let counters = DNSCounters(
            try #require(
                records.value("dns_counters", Int(endpoint), as: dns_counters.self)))
        let client = counters.client
        #expect(client[.udp, .a] == BPFRecords.answered + BPFRecords.unanswered)
        #expect(client[.udp, .aaaa] == BPFRecords.nonexistent)
        #expect(client.queryCount == 7 && client.responseCount == 6)
        #expect(client[.udp, .noerror, .a] == BPFRecords.answered)
        #expect(client[.udp, .nxdomain, .aaaa] == BPFRecords.nonexistent)
        #expect(client.latency.count == 6 && client.timeouts == 0 && client.unmatched == 0)
        #expect(counters.server == DNSRoleCounters() && counters.malformed == [0, 0])

        let waiting = records.entries("dns_pending").map {
            BPFRecords.load($0.key, as: dns_pending_key.self)
        }
        #expect(waiting.map(\.endpoint) == [endpoint])
        #expect(waiting.map { UInt16(bigEndian: $0.id) } == [6])
        #expect(waiting.map(\.server_port) == [53])

        let names = try records.entries("dns_names").map { try DNSNameRecord(parsing: $0.value) }
        #expect(names.count == 13)
        #expect(names.allSatisfy { $0.endpoint == endpoint && $0.role == .client })
        func count(_ name: String, _ code: DNSResponseCode?) -> UInt64 {
            UInt64(names.filter { $0.name == name && $0.code == code }.count)
        }
        #expect(count("www.example.com", nil) == 5 && count("nx.example.com", nil) == 2)
        #expect(count("www.example.com", .noerror) == BPFRecords.answered)
        #expect(count("nx.example.com", .nxdomain) == BPFRecords.nonexistent)
    }
}
