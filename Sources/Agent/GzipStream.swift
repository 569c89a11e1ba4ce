import CZlib
package import NIOCore

/// Gzips one response, piece by piece, at a level that costs little: the network is near and scrapes are many.
package final class GzipStream {
    private static let level: Int32 = 1
    private var stream = z_stream()

    package init() throws {
        let result = fovea_gzip_init(&stream, Self.level)
        if result != Z_OK { throw GzipError(code: result) }
    }

    deinit {
        deflateEnd(&stream)
    }

    /// Appends what is ready of the compressed text; with `finish` all of it.
    package func append(_ input: UnsafeRawBufferPointer, to output: inout ByteBuffer, finish: Bool)
        throws
    {
        // zlib's field is not const, but it does not write there.
        stream.next_in = UnsafeMutablePointer(
            mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.avail_in = UInt32(input.count)
        var result = Z_OK
        repeat {
            try output.writeWithUnsafeMutableBytes(minimumWritableBytes: 16 * 1024) { room in
                stream.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
                stream.avail_out = UInt32(room.count)
                result = deflate(&stream, finish ? Z_FINISH : Z_NO_FLUSH)
                if result == Z_STREAM_ERROR { throw GzipError(code: result) }
                return room.count - Int(stream.avail_out)
            }
        } while stream.avail_out == 0 || finish && result != Z_STREAM_END
    }
}

/// zlib's own number for what went wrong.
struct GzipError: Error, CustomStringConvertible {
    let code: Int32
    var description: String { "zlib: \(code)" }
}
