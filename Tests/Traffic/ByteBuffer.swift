/// A fixed block of bytes which keeps its address, so that the kernel can be pointed at it.
struct ByteBuffer: ~Copyable {
    let bytes: UnsafeMutableRawBufferPointer

    /// Allocates so many bytes, filled with a repeating pattern.
    init(count: Int) {
        bytes = .allocate(byteCount: max(count, 1), alignment: 16)
        for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: index) }
    }

    init(_ contents: [UInt8]) {
        self.init(count: contents.count)
        bytes.copyBytes(from: contents)
    }

    deinit {
        bytes.deallocate()
    }

    /// The first bytes, at most so many as there are.
    func prefix(_ count: UInt64) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[..<Int(min(count, UInt64(bytes.count)))])
    }
}
