import Synchronization

/// Answers as a recording did. What was not recorded fails with E_NOTIMPL, which is no answer HNS
/// gives.
package final class ReplayingHNS: HNSTransport {
    package enum Answer: Sendable {
        case json([UInt8])
        case failure(HRESULT)
    }

    /// What is left to answer by path; the last answer stays.
    private let answers: Mutex<[String: [Answer]]>

    /// Answers to GET, by path, in the order in which they are given. Paths are compared as they
    /// stand.
    package init(_ answers: [String: [Answer]]) {
        self.answers = Mutex(answers)
    }

    package func call(_ method: String, _ path: String) throws(HNSError) -> [UInt8] {
        let answer = method == "GET" ? next(path) : nil
        switch answer {
        case .json(let bytes): return bytes
        case .failure(let result): throw HNSError("\(method) \(path)", .result(result))
        case nil: throw HNSError("\(method) \(path)", .result(.notImplemented))
        }
    }

    private func next(_ path: String) -> Answer? {
        answers.withLock { answers in
            guard let left = answers[path], let next = left.first else { return nil }
            if left.count > 1 { answers[path]?.removeFirst() }
            return next
        }
    }
}
