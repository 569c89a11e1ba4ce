import Synchronization

/// Answers as a recording did. What was not recorded fails with E_NOTIMPL, which is no answer HNS
/// gives.
package final class ReplayingHNS: HNSTransport {
    package enum Answer: Sendable {
        case json([UInt8])
        case failure(HRESULT)
    }

    private let answer: @Sendable (_ path: String) -> Answer?

    /// Answers to GET, by path, in the order in which they are given; the last one stays. Paths are
    /// compared as they stand.
    package convenience init(_ answers: [String: [Answer]]) {
        let script = Script(answers)
        self.init { script.next($0) }
    }

    package convenience init(_ node: RecordedNode) {
        self.init { path in
            switch node.answer(Self.file(path)) {
            case .bytes(let bytes): .json(bytes)
            case .failure(.result(let result)), .failure(.refused(let result, _)): .failure(result)
            case .failure: .failure(.invalidData)
            case nil: nil
            }
        }
    }

    private init(_ answer: @escaping @Sendable (_ path: String) -> Answer?) {
        self.answer = answer
    }

    package func call(_ method: String, _ path: String) throws(HNSError) -> [UInt8] {
        switch method == "GET" ? answer(path) : nil {
        case .json(let bytes): return bytes
        case .failure(let result): throw HNSError("\(method) \(path)", .result(result))
        case nil: throw HNSError("\(method) \(path)", .result(.notImplemented))
        }
    }

    /// Where the answer to GET is in a recording: `hns/endpointstats/<id>.json`, in lower case.
    package static func file(_ path: String) -> String {
        let words = path.lowercased().split(separator: "/").filter { !$0.contains(".") }
        return (["hns"] + words).joined(separator: "/") + ".json"
    }
}

/// What is left to answer by path.
private final class Script: Sendable {
    private let answers: Mutex<[String: [ReplayingHNS.Answer]]>

    init(_ answers: [String: [ReplayingHNS.Answer]]) {
        self.answers = Mutex(answers)
    }

    func next(_ path: String) -> ReplayingHNS.Answer? {
        answers.withLock { answers in
            guard let left = answers[path], let next = left.first else { return nil }
            if left.count > 1 { answers[path]?.removeFirst() }
            return next
        }
    }
}
