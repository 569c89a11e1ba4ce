import Agent
import NIOCore
import Testing

struct GzipStreamTests {
    @Test(
        "what comes out gunzips to what went in, in one piece or many",
        arguments: [0, 1, 64 * 1024, 5_000_000], [7, 4096, 64 * 1024, 10_000_000])
    func roundTrip(_ size: Int, _ chunk: Int) throws {
        let input = Self.exposition(size)
        #expect(try Gunzip.bytes(of: Self.gzip(input, chunk: chunk)) == input)
    }

    @Test("what cannot be compressed comes through too", arguments: [1, 64 * 1024, 5_000_000])
    func noise(_ size: Int) throws {
        let input = Self.noise(size)
        #expect(try Gunzip.bytes(of: Self.gzip(input, chunk: 64 * 1024)) == input)
    }

    @Test("an exposition becomes at least five times smaller")
    func ratio() throws {
        let input = Self.exposition(1_000_000)
        #expect(try Self.gzip(input, chunk: 64 * 1024).count < input.count / 5)
    }

    @Test("what is ready is given out before the end")
    func streams() throws {
        let gzip = try GzipStream()
        var output = ByteBuffer()
        try Self.noise(5_000_000).withUnsafeBytes { bytes in
            try gzip.append(bytes, to: &output, finish: false)
        }
        #expect(output.readableBytes > 4_000_000)
    }

    @Test("the last piece may be empty or not")
    func endings() throws {
        let input = Self.exposition(1000)
        let gzip = try GzipStream()
        var output = ByteBuffer()
        try input.withUnsafeBytes { try gzip.append($0, to: &output, finish: true) }
        #expect(try Gunzip.bytes(of: Array(output.readableBytesView)) == input)
    }

    /// As `ResponseBody` does it: pieces, then the end.
    private static func gzip(_ input: [UInt8], chunk: Int) throws -> [UInt8] {
        let gzip = try GzipStream()
        var output: [UInt8] = []
        var start = 0
        while start < input.count {
            var buffer = ByteBuffer()
            let end = min(start + chunk, input.count)
            try input[start..<end].withUnsafeBytes { bytes in
                try gzip.append(bytes, to: &buffer, finish: false)
            }
            output += buffer.readableBytesView
            start = end
        }
        var buffer = ByteBuffer()
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        try gzip.append(nothing, to: &buffer, finish: true)
        return output + buffer.readableBytesView
    }

    private static func exposition(_ size: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size + 100)
        var line = 0
        while bytes.count < size {
            bytes += "fovea_interface_bytes_total{interface=\"veth\(line)\"} \(line * 1499)\n".utf8
            line += 1
        }
        return Array(bytes.prefix(size))
    }

    /// A linear congruential generator's upper bytes: always the same, and incompressible.
    private static func noise(_ size: Int) -> [UInt8] {
        var state: UInt64 = 20_250_101
        return (0..<size).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
    }
}
