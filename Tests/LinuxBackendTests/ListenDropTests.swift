import MetricSchema
import Observability
import Synchronization
import Testing

@testable import LinuxBackend

/// SYNs that listeners refused, from the kernel's counter and what the drop program has of it.
struct ListenDropTests {
    private static let reason: UInt32 = 40

    private static func row(
        _ endpoint: UInt16?, _ direction: Direction, _ packets: UInt64, reason: UInt32 = reason,
        at location: UInt64 = 0
    ) -> DropRow {
        DropRow(
            endpoint: endpoint,
            kind: .init(reason: reason, location: location, direction: direction),
            amount: .init(packets: packets, bytes: 0))
    }

    /// In tcp_v4_rcv, of Tests/Fixtures/linux/kallsyms, and elsewhere.
    private static let (receiving, elsewhere) = (
        0xffff_ffff_8203_31c5 as UInt64, 0xffff_ffff_8204_6290 as UInt64
    )
    private static var functions: ListenOverflows.Source {
        .functions(KernelSymbols(path: Fixture.path("kallsyms")))
    }

    /// What both sources say; changed in the middle of a test.
    private final class Said: Sendable {
        let state = Mutex<(host: UInt64, pod: UInt64, rows: [DropRow], lost: UInt64)>(
            (0, 0, [], 0))
    }

    /// A node with an endpoint.
    private final class Node: Sendable {
        let said = Said()
        let survey: NamespaceSurvey<StackReading>
        let collector: ListenDropCollector

        init(
            host: UInt64, endpointIsOld: Bool, pod: UInt64,
            by source: ListenOverflows.Source = .reason(reason)
        ) throws {
            let said = said
            said.state.withLock { $0 = (host, pod, [], 0) }
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
                board: board, source: source, before: ListenOverflows([], by: source),
                host: reading(host)
            ) { [survey] _ in
                let said = said.state.withLock { $0 }
                return DropReading(
                    stack: .success(reading(said.host)), namespaces: survey.readings(),
                    rows: said.rows, lost: .init(packets: said.lost, bytes: 0))
            }
            var places = EndpointPlaces()
            if !endpointIsOld { collector.follow(places) }
            places.namespaces[1] = .init(endpoint: 3, path: "blue")
            survey.follow(places)
            collector.follow(places)
        }

        func say(host: UInt64, pod: UInt64, _ rows: [DropRow] = [], lost: UInt64 = 0) {
            said.state.withLock { $0 = (host, pod, rows, lost) }
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

    @Test("without a reason for last ACKs, what TCP dropped without one is never counted twice")
    func certain() throws {
        let node = try Node(host: 10, endpointIsOld: false, pod: 0, by: Self.functions)
        #expect(try node.refused() == [0, 0])
        // Nothing else that could have been a last acknowledgement.
        node.say(host: 13, pod: 40, [Self.row(3, .ingress, 9, at: Self.elsewhere)])
        #expect(try node.refused() == [43, 40])
        // 20 packets, of which up to 15 are in the drop program's rows.
        node.say(
            host: 13, pod: 60,
            [
                Self.row(3, .ingress, 9, at: Self.elsewhere),
                Self.row(3, .ingress, 15, at: Self.receiving),
            ])
        #expect(try node.refused() == [48, 45])
        // Those that came before the last reading may belong to it, and are held against this one too.
        node.say(host: 13, pod: 80, [Self.row(3, .ingress, 15, at: Self.receiving)])
        #expect(try node.refused() == [53, 50])
        // From then on they are of the past.
        node.say(host: 13, pod: 100, [Self.row(3, .ingress, 15, at: Self.receiving)])
        #expect(try node.refused() == [73, 70])
    }

    @Test("a drop whose place is not known, or whose details are lost, may have been one")
    func uncertain() throws {
        let node = try Node(host: 0, endpointIsOld: false, pod: 0, by: Self.functions)
        #expect(try node.refused() == [0, 0])
        node.say(host: 0, pod: 40, [Self.row(3, .ingress, 30, at: 5)], lost: 4)
        #expect(try node.refused() == [6, 6])
    }
}
