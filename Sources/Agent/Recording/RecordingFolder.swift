import Foundation
package import Logging
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
            throw AgentError("cannot make \(path): \(error.reason)")
        }
    }

    /// What stands for the node. It says first of all that it is none.
    package func backend(
        _ settings: WindowsSettings, log: Logger,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) -> RecordedBackend {
        RecordedBackend(
            WindowsBackend(.replaying(node), settings: settings, log: log, now: now),
            source: url.path(percentEncoded: false), recorded: recorded)
    }

    /// When it was made, as its manifest says.
    private var recorded: String? {
        struct Manifest: Decodable { let recorded: String }
        return (try? Data(contentsOf: url.appending(path: "manifest.json"))).flatMap {
            try? JSONDecoder().decode(Manifest.self, from: $0).recorded
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
            throw AgentError("cannot write \(file.path()): \(error.reason)")
        }
    }
}
