import Foundation
import WindowsBackend

/// A folder with what the transports of one node said, laid out as Tests/Fixtures/windows/README.md
/// says.
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
    static func published(_ part: String) -> Recording {
        Recording(folder: repository.appending(path: "../shared/fixtures/windows/\(part)"))
    }

    var exists: Bool { FileManager.default.fileExists(atPath: folder.path()) }

    func bytes(_ file: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appending(path: file)))
    }

    func text(_ file: String) throws -> String { String(decoding: try bytes(file), as: UTF8.self) }

    /// Begins with the first answers.
    var node: RecordedNode {
        let folder = folder
        return RecordedNode { name in
            (try? Data(contentsOf: folder.appending(path: name))).map { Array($0) }
        }
    }

    var transports: WindowsTransports { .replaying(node) }

    var hns: ReplayingHNS { ReplayingHNS(node) }

    /// The paths of files below a folder.
    func files(in part: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder.appending(path: part).path())
            .sorted().map { "\(part)/\($0)" }
    }
}

extension WindowsSettings {
    /// With what is only there when it is asked for.
    static var everything: WindowsSettings {
        var settings = WindowsSettings()
        settings.readsPacketStream = true
        settings.readsVFPRules = true
        // All 30 pods at once.
        settings.vfpProcesses = 64
        return settings
    }
}
