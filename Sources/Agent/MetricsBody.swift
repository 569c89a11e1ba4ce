import HTTPTypes
import Hummingbird
import NIOCore
import Observability

extension ResponseBody {
    /// Streams a scrape, a chunk at a time, so that a million series need no more memory than a hundred.
    init(_ exposition: Exposition, gzip: Bool) {
        self.init { writer in
            var exposition = exposition
            var chunk = TextChunk()
            let compressed = gzip ? try GzipStream() : nil
            while exposition.next(into: &chunk) {
                var buffer = ByteBuffer()
                if let compressed {
                    try compressed.append(chunk.bytes, to: &buffer, finish: false)
                } else {
                    buffer.writeBytes(chunk.bytes)
                }
                if buffer.readableBytes > 0 { try await writer.write(buffer) }
            }
            if let compressed {
                var buffer = ByteBuffer()
                try compressed.append(
                    UnsafeRawBufferPointer(start: nil, count: 0), to: &buffer, finish: true)
                try await writer.write(buffer)
            }
            try await writer.finish(nil)
        }
    }
}
