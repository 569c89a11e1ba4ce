import KernelABI
import MetricSchema
import Testing

@testable import LinuxBackend

/// The tables that the DNS program counts by, and the port filter of the packet program.
struct DNSPlacesTests {
    private let knobs = dns_knobs(timeout: .seconds(5))

    @Test("every query type has its own place, and a number that leads to it")
    func types() {
        let table = withUnsafeBytes(of: knobs.types) { Array($0) }
        #expect(DNSType.allCases.count == FOVEA_DNS_TYPES)
        #expect(Set(DNSType.allCases.map(\.place)).count == DNSType.allCases.count)
        for type in DNSType.allCases {
            guard let code = type.code else { continue }
            #expect(table[Int(code)] == type.place)
        }
        let named = DNSType.allCases.compactMap(\.code)
        #expect(Set(named).count == named.count)
        #expect(table.count { $0 == DNSType.other.place } == 256 - named.count)
    }

    @Test("every response code has its own place, and the others share one")
    func codes() {
        let table = withUnsafeBytes(of: knobs.rcodes) { Array($0) }
        #expect(DNSResponseCode.allCases.count == FOVEA_DNS_RCODES)
        for code in DNSResponseCode.allCases {
            guard let number = code.code else { continue }
            #expect(table[Int(number)] == code.place)
            #expect(DNSResponseCode(place: UInt8(code.place)) == code)
        }
        #expect(table[15] == DNSResponseCode.other.place)
        #expect(DNSResponseCode(place: 8) == nil)
    }

    @Test("roles, transports and causes lie where the program puts them")
    func order() {
        #expect(UInt32(DNSRole.client.place) == FOVEA_DNS_CLIENT.rawValue)
        #expect(UInt32(DNSRole.server.place) == FOVEA_DNS_SERVER.rawValue)
        #expect(UInt32(DNSTransport.tcp.place) == FOVEA_DNS_TCP.rawValue)
        #expect(UInt32(DNSDetailLoss.midMessage.place) == FOVEA_DNS_MID_MESSAGE.rawValue)
        #expect(UInt32(DNSDetailLoss.gap.place) == FOVEA_DNS_GAP.rawValue)
        #expect(UInt32(DNSDetailLoss.allCases.count) == FOVEA_DNS_UNDETAILED.rawValue)
    }

    @Test("bounds and time-out are handed over in nanoseconds")
    func bounds() {
        let bounds = withUnsafeBytes(of: knobs.bounds) { Array($0.bindMemory(to: UInt64.self)) }
        #expect(bounds == LatencyBuckets.bounds)
        #expect(LatencyBuckets.bounds.count == FOVEA_LATENCY_BOUNDS)
        #expect(knobs.timeout == 5_000_000_000)
    }

    @Test("the filter has a bit for the low six bits of each port, and no other")
    func filter() {
        var packets = packet_knobs()
        packets.handOver(dnsPorts: [53, 5353, 53 + 64])
        #expect(packets.dns_filter == 1 << 53 | 1 << (5353 % 64))
        let ports = withUnsafeBytes(of: packets.dns_ports) { Array($0.bindMemory(to: UInt16.self)) }
        #expect(ports == [53, 5353, 117, 0, 0, 0, 0, 0])
        packets = packet_knobs()
        packets.handOver(dnsPorts: Array(1...9))
        #expect(packets.dns_filter == 0x1fe)
    }

    @Test("sums of counters are sums of every part")
    func sums() {
        var one = DNSCounters()
        one.client[.udp, .a] = 1
        one.client[.tcp, .nxdomain, .aaaa] = 2
        one.client.latency.record(nanoseconds: 9)
        one.server.timeouts = 3
        one.malformed[1] = 4
        one.undetailed[9] = 5
        var sum = one
        sum += one
        #expect(sum.client[.udp, .a] == 2)
        #expect(sum.client[.tcp, .nxdomain, .aaaa] == 4)
        #expect(sum.client.latency.nanoseconds == 18)
        #expect(sum.server.timeouts == 6)
        #expect(sum.malformed == [0, 8])
        #expect(sum.undetailed(.egress, .aggregated) == 10)
    }
}
