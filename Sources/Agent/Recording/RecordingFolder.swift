import Foundation
package import WindowsBackend

/// A folder with what the transports of a Windows node said; Tests/Fixtures/windows/README.md has its layout.
package struct RecordingFolder: Sendable {
    private let url: URL

    /// One to read. Fails where no transport's answers are in it.
    package init(reading path: String) throws {
        url = URL(filePath: path)
        let parts = ["hns", "hcn", "vfp", "pktmon", "iphelper", "perf", "events"]
        guard
            parts.contains(where: {
                FileManager.default.fileExists(atPath: url.appending(path: $0).path())
            })
        else {
            throw AgentError(
                "\(path) is no recording of a Windows node: none of \(parts.joined(separator: ", ")) is in it"
            )
        }
    }

    /// One to write, made where it is not there. Nothing may be in it: two recordings in one are none.
    package init(creating path: String) throws {
        url = URL(filePath: path)
        do {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            if try !FileManager.default.contentsOfDirectory(atPath: url.path()).isEmpty {
                throw AgentError("\(path) is not empty")
            }
        } catch let error as AgentError {
            throw error
        } catch {
            throw AgentError("cannot make \(path): \(error.localizedDescription)")
        }
    }

    /// Begins with the first answers.
    package var node: RecordedNode {
        let url = url
        return RecordedNode { name in
            (try? Data(contentsOf: url.appending(path: name))).map { Array($0) }
        }
    }

    func write(_ bytes: some Sequence<UInt8>, to name: String) throws {
        let file = url.appending(path: name)
        do {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: file)
        } catch {
            throw AgentError("cannot write \(file.path()): \(error.localizedDescription)")
        }
    }
}
