import MetricSchema
import Observability
import Synchronization
import Testing

@testable import LinuxBackend

/// SYNs that listeners refused, from the kernel's counter and what the drop program has of it.
struct ListenDropTests {
    private static let reason: UInt32 = 40

    private static func row(
        _ endpoint: UInt16?, _ direction: Direction, _ packets: UInt64, reason: UInt32 = reason
    ) -> DropRow {
        DropRow(
            endpoint: endpoint, kind: .init(reason: reason, location: 0, direction: direction),
            amount: .init(packets: packets, bytes: 0))
    }

    /// What both sources say; changed in the middle of a test.
    private final class Said: Sendable {
        let state = Mutex<(host: UInt64, pod: UInt64, rows: [DropRow])>((0, 0, []))
    }

    /// A node with an endpoint.
    private final class Node: Sendable {
        let said = Said()
        let survey: NamespaceSurvey<StackReading>
        let collector: ListenDropCollector

        init(host: UInt64, endpointIsOld: Bool, pod: UInt64) throws {
            let said = said
            said.state.withLock { $0 = (host, pod, []) }
            let memory = try SocketMemory(sockstat: [], sockstat6: [])
            @Sendable func reading(_ drops: UInt64) -> StackReading {
                var counters = StackCounters()
                counters[.tcpListenDrops] = drops
                return StackReading(counters: counters, memory: memory)
            }
            survey = NamespaceSurvey(interval: .zero, budget: .seconds(9)) { _, _ in
                reading(said.state.withLock { $0.pod })
            }
            let board = EndpointBoard()
            board.replace([.init(number: 3, owner: .namespace("blue"), links: ["pod1"])])
            collector = ListenDropCollector(
                board: board, reason: ListenDropTests.reason,
                before: ListenOverflows([], reason: ListenDropTests.reason), host: reading(host)
            ) { [survey] _ in
                let (host, rows) = said.state.withLock { ($0.host, $0.rows) }
                return DropReading(
                    stack: .success(reading(host)), namespaces: survey.readings(), rows: rows)
            }
            var places = EndpointPlaces()
            if !endpointIsOld { collector.follow(places) }
            places.namespaces[1] = .init(endpoint: 3, path: "blue")
            survey.follow(places)
            collector.follow(places)
        }

        func say(host: UInt64, pod: UInt64, _ rows: [DropRow] = []) {
            said.state.withLock { $0 = (host, pod, rows) }
        }

        /// Of the node and of blue.
        func refused() throws -> [UInt64] {
            var samples = SampleBuffer()
            try collector.collect(into: &samples)
            return [Catalog.nodeDropPackets.descriptor, Catalog.podDropPackets.descriptor].map {
                metric in
                samples.families.first { $0.descriptor === metric }?.rows.reduce(0) { sum, row in
                    if case .count(let count) = row.value { sum + count } else { sum }
                } ?? 0
            }
        }
    }

    @Test("what listeners dropped, less what the drop program has, are SYNs")
    func difference() throws {
        let node = try Node(host: 10, endpointIsOld: true, pod: 100)
        #expect(try node.refused() == [0, 0])
        node.say(
            host: 19, pod: 150,
            [
                Self.row(0, .ingress, 2), Self.row(3, .egress, 1), Self.row(3, .ingress, 20),
                Self.row(3, .ingress, 1_000, reason: 41),
            ])
        // The node's own: 9 - 3. The pod's: 50 - 20.
        #expect(try node.refused() == [36, 30])
    }

    @Test("an endpoint that came after us counts from its beginning")
    func young() throws {
        let node = try Node(host: 10, endpointIsOld: false, pod: 7)
        #expect(try node.refused() == [7, 7])
    }

    @Test("a sum never goes back, and the node keeps what an endpoint that is gone had")
    func monotone() throws {
        let node = try Node(host: 0, endpointIsOld: false, pod: 7)
        #expect(try node.refused() == [7, 7])
        // The drop program was read later than the kernel's counter.
        node.say(host: 0, pod: 7, [Self.row(3, .ingress, 2)])
        #expect(try node.refused() == [7, 7])
        node.say(host: 0, pod: 10, [Self.row(3, .ingress, 2)])
        #expect(try node.refused() == [8, 8])
        node.survey.follow(EndpointPlaces())
        node.collector.forget(3)
        #expect(try node.refused() == [8, 0])
    }
}
