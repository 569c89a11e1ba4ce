import Observability
import Synchronization
import TestSupport
import Testing
import WindowsBackend

/// The node with 30 pods, whose HNS goes and comes back again and again, as with updates and crashes.
@Suite struct HNSRestartTests {
    /// How HNS is at the moment, and what it has counted for each pod since it began.
    private final class RestartingHNS: Sendable {
        enum Phase { case runs, breaksOff, isGone }
        struct State {
            var phase = Phase.runs
            var count: UInt64 = 0
        }

        private let state = Mutex(State())
        private let recording = Recording("server2022-calico-30-pods")

        func become(_ phase: Phase, count: UInt64) {
            state.withLock { $0 = State(phase: phase, count: count) }
        }

        var node: RecordedNode { RecordedNode { self.file($0) } }

        private func file(_ name: String) -> [UInt8]? {
            let state = state.withLock { $0 }
            guard name.hasPrefix("hns/") else { return try? recording.bytes(name) }
            let isStatistics = name.hasPrefix("hns/endpointstats/")
            let fails =
                switch state.phase {
                case .runs: false
                case .breaksOff: isStatistics && Self.pod(name) % 2 == 1
                case .isGone: true
                }
            // RPC_S_SERVER_UNAVAILABLE, and in the middle RPC_S_CALL_FAILED.
            let code = state.phase == .isGone ? "0x800706BA" : "0x800706BE"
            // A second answer of the same question is made from the first.
            if name.dropLast(5).contains(".") { return nil }
            if fails { return name.hasSuffix(".error") ? Array(code.utf8) : nil }
            if isStatistics, name.hasSuffix(".json") {
                let count = state.count + Self.pod(name)
                return Array(
                    #"{"Success":true,"Output":{"EndpointId":"x","PacketsReceived":\#(count)}}"#
                        .utf8)
            }
            return try? recording.bytes(name)
        }

        /// The number at the end of an endpoint's ID.
        private static func pod(_ name: String) -> UInt64 {
            let digits = name.split(separator: ".").first?.split(separator: "-").last ?? ""
            return UInt64(digits, radix: 16) ?? 0
        }
    }

    @Test("through four restarts every pod's total is exact and no counter ever goes back")
    func cycles() async throws {
        let hns = RestartingHNS()
        hns.become(.runs, count: 1000)
        // A clock that stands: nothing is put off because this machine is slow.
        let now = ContinuousClock.now
        let backend = WindowsBackend(
            .replaying(hns.node), settings: .everything, log: .silent, now: { now })
        let scrape = Scrape(backend.collectors)
        // What each pod counted in the life of HNS that is, and in those before.
        var current: [UInt64: UInt64] = [:]
        var before: [UInt64: UInt64] = [:]
        var last: [Substring: UInt64] = [:]

        func step(_ phase: RestartingHNS.Phase, count: UInt64) async throws {
            hns.become(phase, count: count)
            let lines = try await Lines(scrape)
            let readable = (1...30 as ClosedRange<UInt64>).filter { pod in
                phase == .runs || phase == .breaksOff && pod % 2 == 0
            }
            for pod in readable { current[pod] = count + pod }
            var totals: [UInt64: UInt64] = [:]
            for row in lines.rows("fovea_pod_forward_packets_total", "ingress") {
                let pod = try #require(row.label("pod").flatMap { UInt64($0.prefix(2), radix: 16) })
                totals[pod] = row.value
            }
            #expect(totals.keys.sorted() == readable, "\(phase)")
            for pod in readable {
                #expect(totals[pod] == (before[pod] ?? 0) + (current[pod] ?? 0), "pod \(pod)")
            }
            #expect(
                Set(lines.failed)
                    == (phase == .isGone ? ["hns", "services", "vfp", "pod-stack"] : []))
            let counted = lines.counted
            #expect(counted.count > 100 || phase == .isGone)
            for (series, value) in counted {
                if let known = last[series] { #expect(value >= known, "\(series)") }
                last[series] = value
            }
        }

        for cycle in 0..<4 as Range<UInt64> {
            try await step(.runs, count: 1000 + 10 * cycle)
            try await step(.breaksOff, count: 1500 + 10 * cycle)
            try await step(.isGone, count: 0)
            try await step(.isGone, count: 0)
            // Counters begin anew, below what they were.
            for (pod, count) in current { before[pod, default: 0] += count }
            current = [:]
            try await step(.runs, count: 5 + cycle)
        }
    }
}
