import MetricSchema
import TestSupport
import Testing

@testable import LinuxBackend

/// Names as they come through the ring, and how they are summed.
struct DNSNameTests {
    /// endpoint, role, response, rcode, reserved, length; the message's header; its first name.
    private static let record =
        "0300 00 00 00 00 1d00"
        + "1234 0100 0001 0000 0000 0000"
        + "03777777 076578616d706c65 03636f6d 00"

    private static func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.filter { $0 != " " }.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count, by: 2).map {
            UInt8(digits[$0] << 4 | digits[$0 + 1])
        }
    }

    @Test("a query's record has its endpoint, role and name")
    func query() throws {
        let record = try DNSNameRecord(parsing: Self.bytes(Self.record))
        #expect(record.endpoint == 3)
        #expect(record.role == .client)
        #expect(record.code == nil)
        #expect(record.name == "www.example.com")
    }

    @Test("a response's record has its code, and what the ring rounded up to is left alone")
    func response() throws {
        var bytes = Self.bytes(Self.record)
        bytes.replaceSubrange(2..<5, with: [1, 1, 3])
        let record = try DNSNameRecord(parsing: bytes + [0xff, 0xff])
        #expect(record.role == .server)
        #expect(record.code == .nxdomain)
    }

    @Test(
        "names are written in lower case, and what could be taken for something else is escaped",
        arguments: [
            ("0357775703434f4d00", "wwW.com"), ("00", "."), ("0361 2e62 00", "a\\.b"),
            ("04612000ff00", "a\\032\\000\\255"), ("02 5c22 00", "\\\\\""),
        ])
    func text(_ wire: String, _ text: String) throws {
        let name = Self.bytes(wire)
        let length = UInt8(12 + name.count)
        let record = try DNSNameRecord(
            parsing: [1, 0, 0, 0, 0, 0, length, 0] + [UInt8](repeating: 0, count: 12) + name)
        #expect(record.name == text.lowercased())
    }

    @Test("a message without a question has no name")
    func nameless() throws {
        let bytes: [UInt8] = [1, 0, 0, 0, 0, 0, 12, 0] + [UInt8](repeating: 0, count: 12)
        #expect(try DNSNameRecord(parsing: bytes).name == nil)
    }

    @Test(
        "a record that contradicts itself is refused",
        arguments: [
            ("", DNSNameRecord.Problem.tooShort(0)),
            ("0100 02 00 00 00 0c00 000000000000000000000000", .unknownPlace(2)),
            ("0100 00 01 09 00 0c00 000000000000000000000000", .unknownPlace(9)),
            (
                "0100 00 00 00 00 0d00 000000000000000000000000",
                .wrongLength(said: 13, found: 12)
            ),
            ("0100 00 00 00 00 0e00 000000000000000000000000 0161", .badLabel(at: 21)),
            ("0100 00 00 00 00 0e00 000000000000000000000000 c00c", .badLabel(at: 21)),
            ("0100 00 00 00 00 0e00 000000000000000000000000 0000", .badLabel(at: 21)),
        ])
    func refused(_ hex: String, _ problem: DNSNameRecord.Problem) {
        #expect(throws: problem) { try DNSNameRecord(parsing: Self.bytes(hex)) }
    }

    @Test("20 000 damaged records are read or refused, and none ends the process")
    func fuzz() {
        var dice = SeededGenerator(seed: 3)
        let seed = Self.bytes(Self.record)
        var outcomes = [0, 0]
        for _ in 0..<20_000 {
            var bytes = seed
            for _ in 0..<Int.random(in: 1...3, using: &dice) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &dice)
                switch Int.random(in: 0..<3, using: &dice) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &dice)
                case 1: bytes.removeSubrange(place...)
                default: bytes.insert(UInt8.random(in: 0...255, using: &dice), at: place)
                }
            }
            let record = try? DNSNameRecord(parsing: bytes)
            outcomes[record == nil ? 0 : 1] += 1
            #expect((record?.name?.utf8.count ?? 0) <= 4 * 255)
        }
        #expect(outcomes.allSatisfy { $0 > 1_000 }, "\(outcomes)")
    }

    @Test(
        "whatever comes in whatever order, names and the rest add up, and the rest never goes back")
    func sums() {
        var dice = SeededGenerator(seed: 5)
        var table = DNSNameTable(limit: 3)
        var rest: UInt64 = 0
        for count in 1...5_000 as ClosedRange<UInt64> {
            // Frequent names change in the middle.
            let shift = count > 2_500 ? 50 : 0
            let number = Int.random(in: 0...Int.random(in: 0...30, using: &dice), using: &dice)
            table.add(dice.once(in: 20) ? nil : "n\(number + shift)", code: nil)
            if count % 500 == 0 { table.turn() }
            #expect(table.named.count <= 3)
            #expect(table.rest.queries >= rest)
            rest = table.rest.queries
            #expect(table.named.values.reduce(rest) { $0 + $1.queries } == count)
        }
        #expect(table.named.keys.allSatisfy { $0 >= "n50" && $0 < "n99" })
    }

    @Test("a name that came up takes the place of one that is no longer asked for, from nought on")
    func turns() {
        var table = DNSNameTable(limit: 1)
        for _ in 0..<10 { table.add("old", code: nil) }
        table.turn()
        for _ in 0..<3 { table.add("new", code: .nxdomain) }
        table.turn()
        table.add("new", code: .nxdomain)
        #expect(table.named["old"] == nil)
        #expect(table.named["new"]?[.nxdomain] == 1)
        #expect(table.rest.queries == 10)
        #expect(table.rest[.nxdomain] == 3)
    }
}
