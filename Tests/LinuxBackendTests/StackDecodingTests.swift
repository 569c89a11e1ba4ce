import TestSupport
import Testing

@testable import LinuxBackend

/// Protocol counters, from what every kernel recorded of the same traffic.
struct StackDecodingTests {
    private func counters(_ recording: Recording) throws -> StackCounters {
        try StackCounters(
            snmp: recording.file("proc/net/snmp"), netstat: recording.file("proc/net/netstat"),
            snmp6: recording.file("proc/net/snmp6"))
    }

    @Test("the counters are those of the traffic that was made", arguments: Recording.all)
    func counters(of recording: Recording) throws {
        let counters = try counters(recording)
        let read = try recording.numbers("truth")
        #expect(counters[.udpNoPorts] == 7 && counters[.udp6NoPorts] == 7)
        #expect(counters[.udpReceiveBufferErrors] == 40 - (read["udp4"] ?? 0))
        #expect(counters[.udp6ReceiveBufferErrors] == 40 - (read["udp6"] ?? 0))
        #expect(counters[.udpInErrors] == counters[.udpReceiveBufferErrors])
        #expect(counters[.tcpListenOverflows] == 1 && counters[.tcpListenDrops] == 1)
        // Of each family six connections, and the two that a full queue holds.
        #expect(counters[.tcpPassiveOpens] == 14 && counters[.tcpActiveOpens] == 0)
        #expect(counters[.tcpEstablished] == 12)
        #expect(counters[.tcpRetransmitted] == 0)
    }

    @Test("bytes and packets of both families are there", arguments: Recording.all)
    func volumes(of recording: Recording) throws {
        let counters = try counters(recording)
        // At least the datagrams: 7 + 40 + 3 of 500 bytes and headers.
        let datagrams: UInt64 = 50
        #expect(counters[.ipInReceives] ?? 0 > datagrams)
        #expect(counters[.ip6InReceives] ?? 0 > datagrams)
        #expect(counters[.ipInOctets] ?? 0 > datagrams * 528)
        #expect(counters[.ip6InOctets] ?? 0 > datagrams * 548)
    }

    @Test("every counter is known to the newest kernel, and all but few to the oldest")
    func kernels() throws {
        func missing(_ kernel: String) throws -> Set<StackCounter> {
            let known = try counters(Recording(kernel: kernel))
            return Set(StackCounter.allCases.filter { known[$0] == nil })
        }
        #expect(try missing("6.18") == [])
        #expect(
            try missing("5.10") == [
                .udpMemoryErrors, .udp6MemoryErrors, .mptcpDataChecksumErrors,
                .mptcpAddAddressDrop, .mptcpRemoveAddressDrop,
            ])
    }

    @Test("no two counters have the same hash")
    func hashes() {
        #expect(StackCounter.byHash.count == StackCounter.allCases.count)
    }

    @Test("a number that is none is an error that names the file and the line")
    func notANumber() {
        #expect(
            throws: TextDecodingError(file: "net/snmp", line: 2, problem: "no number")
        ) {
            try StackCounters(snmp: Array("Udp: NoPorts\nUdp: x\n".utf8), netstat: [], snmp6: [])
        }
    }

    @Test(
        "tables whose lines do not fit each other are errors",
        arguments: [
            "Udp: NoPorts\n", "Udp: NoPorts\nTcp: 1\n", "Udp: NoPorts InErrors\nUdp: 1\n",
            "Udp: NoPorts\nUdp: 1 2\n", "Udp NoPorts\nUdp 1\n",
        ])
    func misfits(_ text: String) {
        #expect(throws: TextDecodingError.self) {
            try StackCounters(snmp: Array(text.utf8), netstat: [], snmp6: [])
        }
    }

    @Test("without IPv6 its counters are absent and not nought")
    func noIPv6() throws {
        let recording = Recording(kernel: "6.18")
        let counters = try StackCounters(
            snmp: recording.file("proc/net/snmp"), netstat: recording.file("proc/net/netstat"),
            snmp6: [])
        #expect(counters[.udp6NoPorts] == nil && counters[.udpNoPorts] == 7)
    }

    @Test("memory and orphans are read from sockstat", arguments: Recording.all)
    func memory(of recording: Recording) throws {
        let memory = try SocketMemory(
            sockstat: recording.file("proc/net/sockstat"),
            sockstat6: recording.file("proc/net/sockstat6"))
        #expect(memory.tcpOrphans == 0 && memory.fragmentBytes == 0)
        let words = String(decoding: try recording.file("proc/net/sockstat"), as: UTF8.self)
            .split(separator: "\n").first { $0.hasPrefix("TCP:") }?.split(separator: " ")
        #expect(memory.tcpPages == words?.last.flatMap { UInt64($0) })
    }
}

/// The receive path's counters by processor.
struct SoftnetDecodingTests {
    @Test("every processor has a row with its number", arguments: Recording.all)
    func rows(of recording: Recording) throws {
        let rows = try SoftnetRow.all(in: recording.file("proc/net/softnet_stat"))
        #expect(rows.map(\.cpu) == Array(0..<rows.count) && rows.count == 2)
        #expect(rows.reduce(0) { $0 + $1.processed } > 100)
        #expect(rows.allSatisfy { $0.dropped == 0 && $0.backlog == 0 })
    }

    @Test("columns are hexadecimal; a kernel before 5.10 has neither backlog nor number")
    func columns() throws {
        let old = "0000001f 00000002 0000000a 0 0 0 0 0 0 00000003 00000004\n"
        let rows = try SoftnetRow.all(in: Array((old + old).utf8))
        #expect(rows.map(\.cpu) == [0, 1])
        #expect(rows[1].processed == 31 && rows[1].dropped == 2 && rows[1].timeSqueeze == 10)
        #expect(rows[1].receivedRPS == 3 && rows[1].flowLimited == 4 && rows[1].backlog == nil)
        let offline = old.dropLast() + " 00000007 00000005\n"
        #expect(try SoftnetRow.all(in: Array(offline.utf8)).map(\.cpu) == [5])
        #expect(try SoftnetRow.all(in: Array(offline.utf8)).map(\.backlog) == [7])
    }

    @Test(
        "too few columns, or one that is no number of 32 bits, is an error",
        arguments: [
            "1 2 3\n", "0 0 0 0 0 0 0 0 0 x\n", "100000000 0 0 0 0 0 0 0 0 0\n",
        ])
    func errors(_ text: String) {
        #expect(throws: TextDecodingError.self) { try SoftnetRow.all(in: Array(text.utf8)) }
    }
}
