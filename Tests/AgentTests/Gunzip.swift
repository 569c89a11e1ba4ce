import CZlib

/// Undoes gzip with zlib itself.
enum Gunzip {
    struct Failure: Error {
        let code: Int32
    }

    /// Throws where `bytes` are not one whole gzip stream and nothing after it.
    static func bytes(of compressed: [UInt8]) throws -> [UInt8] {
        var stream = z_stream()
        let size = Int32(MemoryLayout<z_stream>.size)
        // 16 asks for a gzip header, as in `fovea_gzip_init`; inflateInit2 is a macro.
        let started = inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, size)
        guard started == Z_OK else { throw Failure(code: started) }
        defer { inflateEnd(&stream) }
        var input = compressed
        var room = [UInt8](repeating: 0, count: 256 * 1024)
        var output: [UInt8] = []
        return try input.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            var result = Z_OK
            while result == Z_OK {
                let count = room.withUnsafeMutableBufferPointer { room in
                    stream.next_out = room.baseAddress
                    stream.avail_out = UInt32(room.count)
                    result = inflate(&stream, Z_NO_FLUSH)
                    return room.count - Int(stream.avail_out)
                }
                output += room[..<count]
            }
            guard result == Z_STREAM_END, stream.avail_in == 0 else { throw Failure(code: result) }
            return output
        }
    }
}
