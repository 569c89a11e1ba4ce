import Foundation
import WindowsBackend

/// What ran when a node was recorded, with the errors: `manifest.json`.
struct RecordingManifest: Encodable {
    struct Call: Encodable {
        let call: String
        let file: String
        let bytes: Int?
        let error: String?
        let milliseconds: Int
    }

    let fovea = Configuration.version
    let system = ProcessInfo.processInfo.operatingSystemVersionString
    let recorded = Date()
    let namesHashed: Bool
    private(set) var calls: [Call] = []

    init(hashesNames: Bool) {
        namesHashed = hashesNames
    }

    /// `said` is the call, scrubbed.
    mutating func add(_ call: NodeRecorder.Call, said: String) {
        var bytes: Int?
        var error: String?
        switch call.answer {
        case .bytes(let answer): bytes = answer.count
        case .failure(.result(let result)): error = "\(result)"
        // What was said is in the file of the call, scrubbed.
        case .failure(.refused(let result, _)): error = "\(result)"
        case .failure(.exit(let status, _)): error = "exit status \(status)"
        case .failure(.timeout(let seconds)): error = "no answer in \(seconds) s"
        case .failure(.tooLong(let limit)): error = "more than \(limit) bytes"
        }
        let milliseconds = Int(call.duration / .milliseconds(1))
        calls.append(
            Call(
                call: said, file: call.file, bytes: bytes, error: error, milliseconds: milliseconds)
        )
    }

    func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return try encoder.encode(self)
    }
}
