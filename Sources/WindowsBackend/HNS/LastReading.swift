import Synchronization

/// What was read out of the last answer of a source. Most lists of HNS are those of the scrape before to the byte, and
/// comparing bytes costs nothing beside reading JSON.
final class LastReading<Answer: Sendable>: Sendable {
    private let last = Mutex<(bytes: [UInt8], answer: Answer)?>(nil)

    /// Reads, unless the bytes are those of the last time. What cannot be read is not kept.
    func answer(_ bytes: [UInt8], _ read: ([UInt8]) throws -> Answer) rethrows -> Answer {
        let known = last.withLock { $0 }
        if let known, known.bytes == bytes { return known.answer }
        let answer = try read(bytes)
        last.withLock { $0 = (bytes, answer) }
        return answer
    }
}
