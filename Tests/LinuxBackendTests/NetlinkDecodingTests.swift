import TestSupport
import Testing

@testable import LinuxBackend

/// One recorded answer and what reads it.
struct NetlinkDecoder: Sendable, CustomTestStringConvertible {
    let fixture: String
    /// How many rows there are in it.
    let rows: @Sendable ([UInt8]) throws(NetlinkDecodingError) -> Int
    var testDescription: String { fixture }

    static let all: [NetlinkDecoder] =
        [
            NetlinkDecoder(fixture: "netlink/links") { (bytes) throws(NetlinkDecodingError) in
                try Link.all(in: bytes).count
            },
            NetlinkDecoder(fixture: "netlink/addresses") { (bytes) throws(NetlinkDecodingError) in
                try InterfaceAddress.all(in: bytes).count
            },
            NetlinkDecoder(fixture: "netlink/routes") { (bytes) throws(NetlinkDecodingError) in
                try DefaultRoute.interfaces(in: bytes).count
            },
            NetlinkDecoder(fixture: "netlink/multipath-routes") {
                (bytes) throws(NetlinkDecodingError) in
                try DefaultRoute.interfaces(in: bytes).count
            },
            NetlinkDecoder(fixture: "netlink/filters") { (bytes) throws(NetlinkDecodingError) in
                try TrafficFilter.all(in: bytes).count
            },
        ]
        + sockets + nftables
        + Recording.all.map { recording in
            NetlinkDecoder(fixture: "\(recording.kernel)/netlink/qdiscs") {
                (bytes) throws(NetlinkDecodingError) in
                try Qdisc.all(in: bytes).count
            }
        }
        + Recording.oldestAndNewest.flatMap { recording in
            [
                NetlinkDecoder(fixture: "\(recording.kernel)/netlink/conntrack-entries") {
                    (bytes) throws(NetlinkDecodingError) in
                    try ConntrackEntry.all(in: bytes).count
                },
                NetlinkDecoder(fixture: "\(recording.kernel)/netlink/conntrack-statistics") {
                    (bytes) throws(NetlinkDecodingError) in
                    try ConntrackStatistics.all(in: bytes).count
                },
            ]
        }
}

struct NetlinkDecodingTests {
    @Test("no answer is no rows", arguments: NetlinkDecoder.all)
    func empty(_ decoder: NetlinkDecoder) throws {
        #expect(try decoder.rows([]) == 0)
    }

    @Test(
        "an answer cut anywhere but between two messages is an error", arguments: NetlinkDecoder.all
    )
    func truncated(_ decoder: NetlinkDecoder) throws {
        let answer = try Fixture.hexadecimal("\(decoder.fixture).hex")
        let whole = try decoder.rows(answer)
        var boundaries: Set<Int> = [0]
        var offset = 0
        while offset < answer.count {
            offset += answer[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
            boundaries.insert(offset)
        }
        for length in 0..<answer.count {
            let cut = Array(answer.prefix(length))
            if boundaries.contains(length) {
                #expect(try decoder.rows(cut) <= whole)
            } else {
                #expect(throws: NetlinkDecodingError.self, "cut at \(length)") {
                    try decoder.rows(cut)
                }
            }
        }
    }

    @Test(
        "bytes that were changed are read as something else or are an error, never a crash",
        arguments: NetlinkDecoder.all)
    func mutated(_ decoder: NetlinkDecoder) throws {
        let answer = try Fixture.hexadecimal("\(decoder.fixture).hex")
        var random = SeededGenerator(seed: 1)
        var failures = 0
        for _ in 0..<20_000 {
            let mutant = Self.mutate(answer, &random)
            do throws(NetlinkDecodingError) {
                // No row takes less than a next hop's eight bytes.
                #expect(try decoder.rows(mutant) <= mutant.count / 8)
            } catch {
                failures += 1
                if error.offset < 0 || error.offset > mutant.count { Issue.record("\(error)") }
            }
        }
        // Both ways out are taken, or the mutations try nothing.
        #expect(failures > 1_000 && failures < 20_000)
    }

    @Test("a message shorter than its header is an error", arguments: [0, 1, 15] as [UInt32])
    func shortMessage(_ length: UInt32) {
        var answer = NetlinkBytes.message(16, NetlinkBytes.ifinfomsg(ifindex: 1))
        answer.replaceSubrange(0..<4, with: NetlinkBytes.bytes(length))
        #expect(throws: NetlinkDecodingError(offset: 0, problem: "a message of \(length) bytes")) {
            try Link.all(in: answer)
        }
    }

    @Test("an attribute shorter than its header is an error", arguments: [0, 3] as [UInt16])
    func shortAttribute(_ length: UInt16) {
        var attribute = NetlinkBytes.attribute(3, [UInt8("lo".utf8.first ?? 0), 0])
        attribute.replaceSubrange(0..<2, with: NetlinkBytes.bytes(length))
        #expect(throws: NetlinkDecodingError(offset: 0, problem: "an attribute of \(length) bytes"))
        {
            try Link.all(
                in: NetlinkBytes.message(16, NetlinkBytes.ifinfomsg(ifindex: 1) + attribute))
        }
    }

    @Test("the marks for nesting and byte order are no part of an attribute's type")
    func marks() throws {
        let name = Array("lo".utf8) + [0]
        for mark in [0, 0x8000, 0x4000, 0xc000] as [UInt16] {
            let answer = NetlinkBytes.message(
                16, NetlinkBytes.ifinfomsg(ifindex: 1) + NetlinkBytes.attribute(3 | mark, name))
            #expect(try Link.all(in: answer).map(\.name) == ["lo"])
        }
    }

    @Test("messages of other types are passed over", arguments: [2, 3, 17, 28] as [UInt16])
    func otherTypes(_ type: UInt16) throws {
        let other = NetlinkBytes.message(type, [1, 2, 3, 4])
        let link = NetlinkBytes.message(16, NetlinkBytes.ifinfomsg(ifindex: 4))
        #expect(try Link.all(in: other + link + other).map(\.ifindex) == [4])
    }

    /// A few changes of the kinds that break parsers.
    private static func mutate(_ answer: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = answer
        for _ in 0..<Int.random(in: 1...4, using: &random) where bytes.count > 8 {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1:
                bytes[place] = [0, 1, 3, 4, 5, 0x7f, 0x80, 0xff].randomElement(using: &random) ?? 0
            case 2: bytes.removeLast(.random(in: 1...min(64, bytes.count), using: &random))
            case 3:
                bytes.removeSubrange(
                    place..<min(place + .random(in: 1...8, using: &random), bytes.count))
            case 4: bytes.insert(contentsOf: bytes[place...].prefix(16), at: place)
            default:
                // A length, where one is likely to be.
                let length = UInt16.random(in: 0...64, using: &random)
                let aligned = place & ~3
                if aligned + 2 <= bytes.count {
                    bytes.replaceSubrange(aligned..<aligned + 2, with: NetlinkBytes.bytes(length))
                }
            }
        }
        return bytes
    }
}
