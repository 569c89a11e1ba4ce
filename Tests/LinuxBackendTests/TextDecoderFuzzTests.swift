import TestSupport
import Testing

@testable import LinuxBackend

/// A decoder of text and a recording of what it reads.
struct TextDecoder: Sendable, CustomTestStringConvertible {
    let file: String
    let decode: @Sendable ([UInt8]) throws(TextDecodingError) -> Void
    var testDescription: String { file }

    static let all = [
        TextDecoder(file: "proc/net/snmp") { (bytes) throws(TextDecodingError) in
            _ = try StackCounters(snmp: bytes, netstat: [], snmp6: [])
        },
        TextDecoder(file: "proc/net/netstat") { (bytes) throws(TextDecodingError) in
            _ = try StackCounters(snmp: [], netstat: bytes, snmp6: [])
        },
        TextDecoder(file: "proc/net/snmp6") { (bytes) throws(TextDecodingError) in
            _ = try StackCounters(snmp: [], netstat: [], snmp6: bytes)
        },
        TextDecoder(file: "proc/net/sockstat") { (bytes) throws(TextDecodingError) in
            _ = try SocketMemory(sockstat: bytes, sockstat6: bytes)
        },
        TextDecoder(file: "proc/net/softnet_stat") { (bytes) throws(TextDecodingError) in
            _ = try SoftnetRow.all(in: bytes)
        },
    ]
}

struct TextDecoderFuzzTests {
    @Test(
        "damaged files are read as something else or refused, never a crash",
        arguments: TextDecoder.all)
    func damaged(_ decoder: TextDecoder) throws {
        let seeds = try Recording.all.map { try $0.file(decoder.file) }
        var random = SeededGenerator(seed: 3)
        var outcomes = [0, 0]
        for round in 0..<800 {
            let bytes = Self.damage(seeds[round % seeds.count], &random)
            do throws(TextDecodingError) {
                try decoder.decode(bytes)
                outcomes[0] += 1
            } catch {
                outcomes[1] += 1
            }
        }
        // Damage that is never or always noticed would mean that nothing was tested.
        #expect(outcomes.allSatisfy { $0 > 20 }, "\(outcomes)")
    }

    private static func damage(_ seed: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = seed
        let telling = Array(" \n:-0x9f18446744073709551616".utf8)
        for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes[place] = telling[Int.random(in: 0..<telling.count, using: &random)]
            case 2: bytes.remove(at: place)
            case 3: bytes.removeSubrange(place...)
            default:
                let end = min(bytes.count, place + Int.random(in: 1...40, using: &random))
                bytes.insert(
                    contentsOf: bytes[place..<end], at: Int.random(in: 0...place, using: &random))
            }
        }
        return bytes
    }
}
