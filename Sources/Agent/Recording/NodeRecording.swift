import Foundation
package import WindowsBackend

/// Writes down what every transport of this Windows node says, scrubbed, so that the node can be looked at
/// where it is not.
package struct NodeRecording {
    private let transports: WindowsTransports
    private let hashesNames: Bool
    /// For the packet monitor and events to say something.
    private let listens: Double

    package init(
        _ transports: WindowsTransports = .live, hashesNames: Bool, listens: Double = 2
    ) {
        self.transports = transports
        self.hashesNames = hashesNames
        self.listens = listens
    }

    /// Says a line for each transport. Fails where nothing was recorded.
    package func write(to folder: RecordingFolder, say: (String) -> Void) throws {
        var scrubber = NodeScrubber(hostNames: Self.hostNames, hashesNames: hashesNames)
        var manifest = RecordingManifest(hashesNames: hashesNames)
        var results: [(transport: String, result: TransportResult)] = []
        let listens = listens
        let recorder = NodeRecorder(transports, wait: { Thread.sleep(forTimeInterval: listens) }) {
            call in
            let transport = String(call.file.prefix { $0 != "/" })
            if results.last?.transport != transport { results.append((transport, .init())) }
            results[results.count - 1].result.note(call.answer)
            manifest.add(call, said: scrubber.scrub(call.call))
            let stem = call.file.prefix(upTo: call.file.lastIndex(of: ".") ?? call.file.endIndex)
            switch call.answer {
            case .bytes(let bytes):
                let scrubbed = scrubber.scrub(bytes, of: call.file)
                let isHex = call.file.hasSuffix(".hex")
                try folder.write(
                    isHex ? Array(HexText.text(scrubbed).utf8) : scrubbed, to: call.file)
            case .failure(.result(.notImplemented)):
                break
            case .failure(let cause):
                try folder.write(
                    Array((scrubber.scrub(cause.recorded) + "\n").utf8), to: "\(stem).error")
            }
        }
        try recorder.record()
        try folder.write(try manifest.json(), to: "manifest.json")
        for (transport, result) in TransportResult.merged(results) {
            say("\(transport): \(result)")
        }
        if !results.contains(where: { $0.result.answered > 0 }) {
            throw AgentError("nothing was recorded: none of these could be asked on this system")
        }
    }

    /// What the machine calls itself.
    private static var hostNames: [String] {
        let name = ProcessInfo.processInfo.hostName
        let variables = ["COMPUTERNAME", "USERDOMAIN", "USERDNSDOMAIN", "NODE_NAME"]
        let others = variables.compactMap { ProcessInfo.processInfo.environment[$0] }
        return [name, String(name.prefix { $0 != "." })].filter { $0 != "localhost" } + others
    }
}

/// How the calls of one transport ended.
private struct TransportResult: CustomStringConvertible {
    var answered = 0
    private var failed = 0
    private var first: WindowsCallError.Cause?

    mutating func note(_ answer: RecordedNode.Answer) {
        switch answer {
        case .bytes: answered += 1
        case .failure(let cause):
            failed += 1
            first = first ?? cause
        }
    }

    /// One for each transport, in the order in which they were asked first.
    static func merged(
        _ results: [(transport: String, result: TransportResult)]
    ) -> [(String, TransportResult)] {
        var merged: [(String, TransportResult)] = []
        for (transport, result) in results {
            if let place = merged.firstIndex(where: { $0.0 == transport }) {
                merged[place].1.answered += result.answered
                merged[place].1.failed += result.failed
                merged[place].1.first = merged[place].1.first ?? result.first
            } else {
                merged.append((transport, result))
            }
        }
        return merged
    }

    var description: String {
        let why = first.map { WindowsCallError("the first failure", $0).description } ?? ""
        if answered == 0 { return "cannot be asked here; \(why)" }
        return "\(answered) answers" + (failed > 0 ? ", \(failed) failures; \(why)" : "")
    }
}
