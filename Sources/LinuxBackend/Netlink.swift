import CLibMNL

/// A read position in bytes that never leaves them: what is not there is an error and not a crash.
struct ByteCursor {
    private let bytes: ArraySlice<UInt8>
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        rest = bytes
    }

    var isAtEnd: Bool { rest.isEmpty }

    /// In the machine's byte order, as netlink is.
    mutating func read<Integer: FixedWidthInteger>(_: Integer.Type) throws(NetlinkDecodingError)
        -> Integer
    {
        let taken = try take(MemoryLayout<Integer>.size)
        return taken.withUnsafeBytes { $0.loadUnaligned(as: Integer.self) }
    }

    mutating func take(_ count: Int) throws(NetlinkDecodingError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= rest.count else {
            throw NetlinkDecodingError(
                offset: rest.startIndex - bytes.startIndex,
                problem: "\(count) bytes wanted, \(rest.count) there")
        }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    /// Takes `count` bytes and what pads them to a multiple of four.
    mutating func takeAligned(_ count: Int) throws(NetlinkDecodingError) -> ArraySlice<UInt8> {
        let taken = try take(count)
        rest = rest.dropFirst((4 - count % 4) % 4)
        return taken
    }
}

/// A netlink answer that is not what its own lengths say.
package struct NetlinkDecodingError: Error, CustomStringConvertible, Equatable {
    /// Bytes from the start of the part that was being read.
    package let offset: Int
    package let problem: String

    package var description: String { "netlink message, byte \(offset): \(problem)" }
}

/// One message of a netlink answer: `struct nlmsghdr` and what follows it.
struct NetlinkMessage {
    let type: UInt16
    let payload: ArraySlice<UInt8>

    /// Splits what the kernel sent into messages.
    static func all(in bytes: ArraySlice<UInt8>) throws(NetlinkDecodingError) -> [NetlinkMessage] {
        var cursor = ByteCursor(bytes)
        var messages: [NetlinkMessage] = []
        while !cursor.isAtEnd {
            let length = try cursor.read(UInt32.self)
            let type = try cursor.read(UInt16.self)
            _ = try cursor.take(10)
            guard length >= 16 else {
                throw NetlinkDecodingError(offset: 0, problem: "a message of \(length) bytes")
            }
            messages.append(
                NetlinkMessage(type: type, payload: try cursor.takeAligned(Int(length) - 16)))
        }
        return messages
    }
}

/// `struct rtattr`: a type and its bytes.
struct NetlinkAttribute {
    let type: UInt16
    let bytes: ArraySlice<UInt8>

    /// The attributes in `bytes`, one behind the other. Nesting and byte-order marks are taken off types.
    static func all(in bytes: ArraySlice<UInt8>) throws(NetlinkDecodingError) -> [NetlinkAttribute]
    {
        var cursor = ByteCursor(bytes)
        var attributes: [NetlinkAttribute] = []
        while cursor.rest.count >= 4 {
            let length = Int(try cursor.read(UInt16.self))
            let type = try cursor.read(UInt16.self)
            guard length >= 4 else {
                throw NetlinkDecodingError(offset: 0, problem: "an attribute of \(length) bytes")
            }
            attributes.append(
                NetlinkAttribute(type: type & 0x3fff, bytes: try cursor.takeAligned(length - 4)))
        }
        return attributes
    }

    func integer<Integer: FixedWidthInteger>(_: Integer.Type) throws(NetlinkDecodingError)
        -> Integer
    {
        var cursor = ByteCursor(bytes)
        return try cursor.read(Integer.self)
    }

    /// Text up to its terminating zero.
    var text: String { String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
}
