import Testing

@testable import LinuxBackend

/// What one kernel said of the small world that Tests/Fixtures/linux/record/record.py makes.
struct Recording: Sendable, CustomTestStringConvertible {
    let kernel: String
    var testDescription: String { kernel }

    static let all = ["5.10", "6.1", "6.12", "6.18"].map { Recording(kernel: $0) }
    /// For what takes long and is the same in between.
    static let oldestAndNewest = ["5.10", "6.18"].map { Recording(kernel: $0) }

    /// A recorded netlink answer, or a block of ethtool's.
    func bytes(_ name: String) throws -> [UInt8] {
        try Fixture.hexadecimal("\(kernel)/\(name).hex")
    }

    /// A recorded file without the line that says what made it.
    func file(_ name: String) throws -> [UInt8] {
        let path = Fixture.path("\(kernel)/\(name)")
        guard let bytes = SmallFile.bytes(path) else { throw Fixture.Missing(path: path) }
        guard bytes.first == UInt8(ascii: "#") else { return bytes }
        return Array(bytes.drop { $0 != UInt8(ascii: "\n") }.dropFirst())
    }

    /// Numbers by name, of a file with a name and a number a line.
    func numbers(_ name: String) throws -> [String: UInt64] {
        let lines = String(decoding: try file(name), as: UTF8.self).split(separator: "\n")
        return Dictionary(
            lines.compactMap { line in
                let words = line.split { $0 == " " || $0 == ":" }
                return words.count == 2 ? UInt64(words[1]).map { (String(words[0]), $0) } : nil
            }, uniquingKeysWith: { first, _ in first })
    }

    /// `enum skb_drop_reason`: a number and a name a line, none where the kernel has no reasons.
    func dropReasons() throws -> [UInt32: String] {
        let lines = try file("btf/skb_drop_reason").split(separator: UInt8(ascii: "\n"))
        return try lines.reduce(into: [:]) { names, line in
            let words = String(decoding: line, as: UTF8.self).split(separator: " ")
            try #require(words.count == 2)
            names[UInt32(bitPattern: try #require(Int32(words[0])))] = String(words[1])
        }
    }
}
