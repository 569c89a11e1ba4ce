@testable import LinuxBackend

/// Files under Tests/Fixtures/linux.
enum Fixture {
    struct Missing: Error, CustomStringConvertible {
        let path: String
        var description: String { "cannot read \(path)" }
    }

    static func path(_ name: String) -> String {
        let folder = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        return "/\(folder)/Fixtures/linux/\(name)"
    }

    /// A recorded netlink answer: hexadecimal bytes, one layer of the protocol per line, then `#` and
    /// what it is.
    static func netlink(_ name: String) throws -> [UInt8] {
        try hexadecimal("netlink/\(name).hex")
    }

    static func hexadecimal(_ name: String) throws -> [UInt8] {
        let path = path(name)
        guard let text = SmallFile.text(path) else { throw Missing(path: path) }
        let digits = text.split(separator: "\n").flatMap {
            $0.prefix { $0 != "#" }.compactMap(\.hexDigitValue)
        }
        return stride(from: 0, to: digits.count - 1, by: 2).map {
            UInt8(digits[$0] << 4 | digits[$0 + 1])
        }
    }
}
