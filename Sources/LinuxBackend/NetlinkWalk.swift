/// Netlink messages or attributes one behind the other, read in place: for tables of a million entries, where
/// `NetlinkMessage.all` and `NetlinkAttribute.all` would cost more than the kernel does. Takes no memory; what
/// it gives is good as long as the bytes are. Never leaves them: what is not there is an error.
struct NetlinkWalk {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    struct Message {
        let type: UInt16
        let payload: UnsafeRawBufferPointer
    }

    struct Attribute {
        /// Without the marks for nesting and byte order.
        let type: Int
        let bytes: UnsafeRawBufferPointer
    }

    /// Nil at the end.
    mutating func nextMessage() throws(NetlinkDecodingError) -> Message? {
        if offset >= bytes.count { return nil }
        guard bytes.count - offset >= 16 else { throw wanted(16) }
        let length = Int(bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        let type = bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt16.self)
        guard length >= 16 else {
            throw NetlinkDecodingError(offset: offset, problem: "a message of \(length) bytes")
        }
        return Message(type: type, payload: try take(length, header: 16))
    }

    /// Nil at the end; fewer than four bytes are padding.
    mutating func nextAttribute() throws(NetlinkDecodingError) -> Attribute? {
        if bytes.count - offset < 4 { return nil }
        let length = Int(bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
        let type = bytes.loadUnaligned(fromByteOffset: offset + 2, as: UInt16.self)
        guard length >= 4 else {
            throw NetlinkDecodingError(offset: offset, problem: "an attribute of \(length) bytes")
        }
        return Attribute(type: Int(type & 0x3fff), bytes: try take(length, header: 4))
    }

    private mutating func take(
        _ length: Int, header: Int
    ) throws(NetlinkDecodingError) -> UnsafeRawBufferPointer {
        guard length <= bytes.count - offset else { throw wanted(length) }
        defer { offset = min(bytes.count, offset + (length + 3) & ~3) }
        return UnsafeRawBufferPointer(rebasing: bytes[offset + header..<offset + length])
    }

    private func wanted(_ count: Int) -> NetlinkDecodingError {
        NetlinkDecodingError(
            offset: offset, problem: "\(count) bytes wanted, \(bytes.count - offset) there")
    }
}

extension NetlinkWalk.Attribute {
    /// In network byte order, as netfilter has its numbers.
    func bigEndian<Integer: FixedWidthInteger & BitwiseCopyable>(
        _: Integer.Type
    ) throws(NetlinkDecodingError) -> Integer {
        guard bytes.count >= MemoryLayout<Integer>.size else {
            throw NetlinkDecodingError(
                offset: 0,
                problem:
                    "\(MemoryLayout<Integer>.size) bytes wanted in attribute \(type), \(bytes.count) there"
            )
        }
        return Integer(bigEndian: bytes.loadUnaligned(as: Integer.self))
    }

    var nested: NetlinkWalk { NetlinkWalk(bytes) }
}

extension UnsafeRawBufferPointer {
    /// What follows a header of `count` bytes.
    func after(_ count: Int) throws(NetlinkDecodingError) -> UnsafeRawBufferPointer {
        guard count <= self.count else {
            throw NetlinkDecodingError(
                offset: 0, problem: "\(count) bytes wanted, \(self.count) there")
        }
        return UnsafeRawBufferPointer(rebasing: self[count...])
    }
}

extension [UInt8] {
    /// Hands over each message of an answer that is at hand whole.
    func forEachMessage(
        _ body: (NetlinkWalk.Message) throws(NetlinkDecodingError) -> Void
    ) throws(NetlinkDecodingError) {
        try withUnsafeBufferPointer { (buffer) throws(NetlinkDecodingError) in
            var messages = NetlinkWalk(UnsafeRawBufferPointer(buffer))
            while let message = try messages.nextMessage() { try body(message) }
        }
    }
}
