import Synchronization

/// What every transport of one node said, by the names of files in its folder
/// (Tests/Fixtures/windows/README.md has the layout).
///
/// The n-th question for `hns/endpoints.json` is answered by `hns/endpoints.n.json`, or, if that is
/// not there, as the one before it. `.error` in place of `.json` is a call that failed.
package final class RecordedNode: Sendable {
    package enum Answer: Equatable, Sendable {
        case bytes([UInt8])
        case failure(WindowsCallError.Cause)
    }

    private let file: @Sendable (_ name: String) -> [UInt8]?
    /// How often each was asked for, as far as there were new answers.
    private let asked = Mutex<[String: Int]>([:])

    /// `file` has the bytes of a file in the folder; nil where there is none.
    package init(_ file: @escaping @Sendable (_ name: String) -> [UInt8]?) {
        self.file = file
    }

    /// nil where nothing was recorded.
    package func answer(_ name: String) -> Answer? {
        asked.withLock { asked in
            let turn = (asked[name] ?? 0) + 1
            if let answer = read(name, turn: turn) {
                asked[name] = turn
                return answer
            }
            return turn == 1 ? nil : read(name, turn: turn - 1)
        }
    }

    /// Throws what was recorded, or E_NOTIMPL where nothing was.
    package func bytes(_ name: String, of call: String) throws(WindowsCallError) -> [UInt8] {
        switch answer(name) {
        case .bytes(let bytes): return bytes
        case .failure(let cause): throw WindowsCallError(call, cause)
        case nil: throw WindowsCallError(call, .result(.notImplemented))
        }
    }

    /// As `bytes`, of something that goes on: after its last file nothing more has come.
    package func records(_ name: String, of call: String) throws(WindowsCallError) -> [UInt8] {
        let before = asked.withLock { $0[name] ?? 0 }
        let bytes = try bytes(name, of: call)
        return asked.withLock { $0[name] ?? 0 } == before ? [] : bytes
    }

    private func read(_ name: String, turn: Int) -> Answer? {
        let dot = name.lastIndex(of: ".") ?? name.endIndex
        let stem = name[..<dot] + (turn == 1 ? "" : ".\(turn)")
        if let bytes = file("\(stem)\(name[dot...])") {
            guard name.hasSuffix(".hex") else { return .bytes(bytes) }
            return HexText.bytes(bytes).map(Answer.bytes) ?? .failure(.result(.invalidData))
        }
        return file("\(stem).error").map {
            .failure(WindowsCallError.Cause(recorded: String(decoding: $0, as: UTF8.self)))
        }
    }
}

extension WindowsCallError.Cause {
    /// One line: `0x803B0002`, with HCN's ErrorRecord behind it if there was one; `exit 2` with what was
    /// said; `timeout 10`; `longer than 1048576`.
    package var recorded: String {
        switch self {
        case .result(let result): result.code
        case .refused(let result, let record): "\(result.code) \(record)"
        case .exit(let status, let said): "exit \(status) \(said)"
        case .timeout(let seconds): "timeout \(seconds)"
        case .tooLong(let limit): "longer than \(limit)"
        }
    }

    /// A line that is none of these is a failure with ERROR_INVALID_DATA.
    package init(recorded text: String) {
        let line = text.prefix { $0 != "\n" && $0 != "\r\n" }
        let words = line.split(separator: " ", maxSplits: 1)
        let rest = words.count == 2 ? String(words[1]) : ""
        let first = words.first ?? ""
        if first.hasPrefix("0x"), let code = UInt32(first.dropFirst(2), radix: 16) {
            let result = HRESULT(rawValue: code)
            self = rest.isEmpty ? .result(result) : .refused(result, record: rest)
        } else if first == "exit", let status = UInt32(rest.prefix { $0.isNumber }) {
            self = .exit(status, said: String(rest.drop { $0.isNumber }.drop { $0 == " " }))
        } else if first == "timeout", let seconds = Int(rest) {
            self = .timeout(seconds: seconds)
        } else if first == "longer", let limit = Int(rest.dropFirst("than ".count)) {
            self = .tooLong(limit: limit)
        } else {
            self = .result(.invalidData)
        }
    }
}
