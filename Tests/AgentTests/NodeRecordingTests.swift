import Foundation
import TestSupport
import Testing
import WindowsBackend

@testable import Agent

struct NodeRecordingTests {
    private let fixture = Repository.windowsScrape.deletingLastPathComponent().path()

    private func temporary(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "fovea-recording-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder)
    }

    @Test("a recording of a recorded node answers alike")
    func recordsAgain() async throws {
        try await temporary { folder in
            let node = try RecordingFolder(reading: fixture).node
            var said: [String] = []
            try NodeRecording(.replaying(node), hashesNames: false, listens: 0)
                .write(to: RecordingFolder(creating: folder.path())) { said.append($0) }
            #expect(said.contains { $0.hasPrefix("hns: ") && $0.contains(" answers") })
            let again = try RecordingFolder(reading: folder.path()).node
            let hns = ReplayingHNS(again)
            let bytes = try hns.call("GET", "/endpoints/")
            #expect(!String(decoding: bytes, as: UTF8.self).contains("10.244."))
            let endpoints = try [bytes, ReplayingHNS(node).call("GET", "/endpoints/")].map {
                try HNSEndpointList(parsing: HNSFields(parsing: $0, from: "GET /endpoints/"))
                    .endpoints.map(\.id)
            }
            #expect(endpoints[0] == endpoints[1] && !endpoints[0].isEmpty)
            let stats = "/endpointstats/\(try #require(endpoints[0].first))"
            #expect(try hns.call("GET", stats) == ReplayingHNS(node).call("GET", stats))
            // The stacks of containers, with the pods' addresses replaced.
            let table = IPHelperTable.tcpConnections(.v4)
            let connections = try [node, again].map {
                try ReplayingIPHelper($0).read(table, compartment: 31)
            }
            #expect(
                connections[0].count == connections[1].count && connections[0] != connections[1])
            let statistics = IPHelperTable.tcpStatistics(.v4)
            #expect(
                try ReplayingIPHelper(again).read(statistics, compartment: 31)
                    == ReplayingIPHelper(node).read(statistics, compartment: 31))
            let manifest = try String(
                contentsOf: folder.appending(path: "manifest.json"), encoding: .utf8)
            #expect(manifest.contains("\"call\" : \"HNSCall(GET /endpoints/)\""))
            #expect(manifest.contains("\"fovea\" : \"\(Configuration.version)\""))
        }
    }

    @Test(
        "with names hashed nothing in the folder tells the node, and what is replayed has the same numbers"
    )
    func tellsNothing() async throws {
        try await temporary { folder in
            let node = try RecordingFolder(reading: fixture).node
            try NodeRecording(.replaying(node), hashesNames: true, listens: 0)
                .write(to: RecordingFolder(creating: folder.path())) { _ in }
            // Addresses of pods, services and the node, MAC addresses, and what people named.
            let telling = [
                "10.244.", "10.0.0.", "fd00:10", "00-15-5d", "00:15:5d", "00155d", "_calico",
                "\"external\"", "ethernet", "container nic", "block-db", "allow-all", "snat",
                "cart",
                "svc", "tcpip", "vfpext",
            ]
            var count = 0
            let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path())
            for file in files where file.contains(".") && file != "manifest.json" {
                var bytes = Array(try Data(contentsOf: folder.appending(path: file)))
                if file.hasSuffix(".hex") {
                    bytes = try #require(HexText.bytes(bytes), "\(file)")
                    // An address as it is on the wire.
                    #expect(!bytes.contains([10, 244, 2]), "\(file)")
                }
                // UTF-16 of ASCII is ASCII with zeros between.
                let text = String(decoding: bytes.filter { $0 != 0 }, as: UTF8.self).lowercased()
                for word in telling { #expect(!text.contains(word), "\(word) in \(file)") }
                count += 1
            }
            #expect(count > 300)
            let manifest = try String(
                contentsOf: folder.appending(path: "manifest.json"), encoding: .utf8)
            #expect(!manifest.contains("10.244.") && manifest.contains("\"namesHashed\" : true"))
            let again = try RecordingFolder(reading: folder.path()).node
            #expect(try await Self.podNumbers(again) == Self.podNumbers(node))
        }
    }

    /// What every series of a pod says, whatever the pod is called.
    private static func podNumbers(_ node: RecordedNode) async throws -> [Substring] {
        let now = ContinuousClock.now
        let backend = WindowsBackend(
            .replaying(node), settings: .everything, log: LogRecorder().log, now: { now })
        let lines = try await ServedAgent(backend).get("/metrics").lines
            .filter { $0.hasPrefix("fovea_pod_") }
        #expect(lines.count > 1_000)
        return lines.compactMap { $0.split(separator: " ").last }.sorted()
    }

    @Test("a folder with something in it is not written to")
    func refusesFullFolder() async throws {
        try await temporary { folder in
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data("mine".utf8).write(to: folder.appending(path: "file"))
            #expect(throws: AgentError.self) { try RecordingFolder(creating: folder.path()) }
        }
    }

    #if !os(Windows)
        @Test("off Windows every transport is said to be missing, and that is a failure")
        func saysWhatIsMissing() async throws {
            try await temporary { folder in
                var said: [String] = []
                let recording = NodeRecording(hashesNames: false, listens: 0)
                let target = try RecordingFolder(creating: folder.path())
                #expect(throws: AgentError.self) {
                    try recording.write(to: target) { said.append($0) }
                }
                #expect(
                    said.map { $0.prefix { $0 != ":" } } == [
                        "pktmon", "vfp", "hns", "hcn", "iphelper", "perf", "events",
                    ])
                #expect(said.allSatisfy { $0.contains("0x80004001 (not on Windows)") })
            }
        }
    #endif

    @Test("a folder that is no recording is refused with the reason")
    func refusesOtherFolders() async throws {
        try await temporary { folder in
            #expect(throws: AgentError.self) { try RecordingFolder(reading: folder.path()) }
        }
    }
}
