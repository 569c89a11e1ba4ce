import Foundation
import WindowsBackend

/// A folder of answers of HNS: `endpoints.json` is what `GET /endpoints/` says,
/// `endpointstats/<id>.json` what `GET /endpointstats/<id>` says; `.hresult` instead of `.json` is
/// the code that the call fails with.
struct Recording {
    let folder: URL

    private static let repository = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Of the fixtures of this repository.
    init(_ name: String) {
        folder = Self.repository.appending(path: "Tests/Fixtures/windows/\(name)")
    }

    private init(folder: URL) {
        self.folder = folder
    }

    /// Real answers that were published; they are not part of the repository, as not all have a
    /// licence.
    static let published = Recording(
        folder: repository.appending(path: "../shared/fixtures/windows/hns-v1"))

    var exists: Bool { FileManager.default.fileExists(atPath: folder.path()) }

    func bytes(_ file: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appending(path: file)))
    }

    /// What was answered, by path.
    func answers() throws -> [String: [ReplayingHNS.Answer]] {
        var answers = ["/endpoints/": [ReplayingHNS.Answer.json(try bytes("endpoints.json"))]]
        for file in try FileManager.default.contentsOfDirectory(
            at: folder.appending(path: "endpointstats"), includingPropertiesForKeys: nil)
        {
            let id = file.deletingPathExtension().lastPathComponent
            answers["/endpointstats/\(id)"] = [try answer(file)]
        }
        return answers
    }

    private func answer(_ file: URL) throws -> ReplayingHNS.Answer {
        let data = try Data(contentsOf: file)
        if file.pathExtension == "json" { return .json(Array(data)) }
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(
            in: .whitespacesAndNewlines)
        guard text.hasPrefix("0x"), let code = UInt32(text.dropFirst(2), radix: 16) else {
            throw CocoaError(.fileReadCorruptFile)
        }
        return .failure(HRESULT(rawValue: code))
    }
}
