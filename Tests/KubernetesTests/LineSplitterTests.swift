import Kubernetes
import Testing

struct LineSplitterTests {
    @Test("lines are whole however they are cut", arguments: 1...9)
    func cuts(_ size: Int) throws {
        let text = Array("one\n\ntwo\nthree and more\nrest".utf8)
        var lines = LineSplitter()
        var found: [String] = []
        var start = 0
        while start < text.count {
            let piece = text[start..<min(start + size, text.count)]
            found += try lines.add(piece).map { String(decoding: $0, as: UTF8.self) }
            start += size
        }
        #expect(found == ["one", "two", "three and more"])
    }

    @Test("a line without an end is not kept for ever")
    func tooLong() throws {
        var lines = LineSplitter(limit: 8)
        #expect(try lines.add(Array("12345678".utf8)).isEmpty)
        #expect(throws: LineSplitter.TooLong.self) { try lines.add([1]) }
    }
}

struct BackoffTests {
    @Test("waits double to a limit, are never all the same, and start anew after a success")
    func doubling() {
        var random = SystemRandomNumberGenerator()
        var backoff = Backoff(first: .seconds(1), most: .seconds(8))
        for most in [1, 2, 4, 8, 8, 8] {
            let wait = backoff.next(using: &random)
            #expect(wait <= .seconds(most) && wait >= .seconds(most) / 2)
        }
        #expect(backoff.next(atLeast: .seconds(30), using: &random) == .seconds(30))
        backoff.succeeded()
        #expect(backoff.next(using: &random) <= .seconds(1))
    }
}
