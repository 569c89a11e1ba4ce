package import MetricSchema
package import Observability
import Synchronization

/// Drops out of the packet monitor's stream: exact by reason and place, as far as the stream had room.
///
/// Reasons of the virtual switch and of VFP's rules are other collectors' (`HyperVCollector`, `HNSCollector`,
/// `VFPCollector`); all others are in the node's drops from here.
package final class PacketStreamCollector: Collector {
    package let name = CollectorName("packet-stream")
    static let metrics: [MetricDescriptor] = [
        Catalog.pktmonDropLocations.descriptor, Catalog.pktmonDropComponents.descriptor,
        Catalog.pktmonUndetailed.descriptor,
    ]

    /// By names, of which some stand for two numbers.
    private struct Place: Hashable {
        let reason: String
        let location: String
    }

    private struct Way: Hashable {
        let reason: String
        let direction: Direction
    }

    private struct Dropper: Hashable {
        let component: UInt64
        let reason: String
    }

    private struct State {
        var places: [Place: UInt64] = [:]
        var ways: [Way: UInt64] = [:]
        var droppers: [Dropper: UInt64] = [:]
        var names = PktmonComponentNames()
        var processes: UInt64 = 0
        var missed: UInt64 = 0
        var unreadable: UInt64 = 0
    }

    private let read: @Sendable () throws -> PacketRecords
    private let pktmon: any PktmonTransport
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    /// `pktmon` is asked for the names of components.
    package convenience init(
        _ stream: any PacketStreamTransport, _ pktmon: any PktmonTransport,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.init(pktmon, now: now) { PacketRecords(parsing: try stream.records()) }
    }

    /// Of systems without the stream: what pktmon writes while somebody has it write events.
    package convenience init(
        _ events: any EventTransport, _ pktmon: any PktmonTransport,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.init(pktmon, now: now) { PacketRecords(events: try events.records(of: .pktmon)) }
    }

    private init(
        _ pktmon: any PktmonTransport, now: @escaping @Sendable () -> ContinuousClock.Instant,
        read: @escaping @Sendable () throws -> PacketRecords
    ) {
        self.read = read
        self.pktmon = pktmon
        self.now = now
    }

    /// Takes in what has come. The first time begins to listen.
    package func poll() throws {
        let records = try read()
        state.withLock { state in
            for record in records.records {
                guard let reason = record.dropReason else { continue }
                let place = Place(reason: reason.label, location: record.dropLocation.label)
                state.places[place, default: 0] += 1
                let dropper = Dropper(component: UInt64(record.component), reason: reason.label)
                state.droppers[dropper, default: 0] += 1
                if let direction = record.way, !reason.isVirtualSwitch, !record.dropLocation.isVFP {
                    state.ways[Way(reason: reason.label, direction: direction), default: 0] += 1
                }
            }
            state.missed &+= records.missed
            state.unreadable += records.unreadable.count
        }
    }

    package func collect(into samples: inout SampleBuffer) throws {
        try poll()
        learnNames()
        let state = state.withLock { $0 }
        for (place, count) in state.places {
            samples.add(
                count, to: Catalog.pktmonDropLocations, DropReason(place.reason),
                PktmonLocation(place.location))
        }
        for (way, count) in state.ways {
            samples.add(
                count, to: Catalog.nodeDropPackets, DropReason(way.reason), way.direction)
        }
        for (dropper, count) in state.droppers {
            samples.add(
                count, to: Catalog.pktmonDropComponents, state.names.label(dropper.component),
                DropReason(dropper.reason))
        }
        samples.add(state.missed, to: Catalog.pktmonUndetailed)
        samples.add(state.processes, to: Catalog.windowsProcesses, .pktmonList)
        samples.add(state.unreadable, to: Catalog.windowsUnreadable, name)
    }

    /// Starts a process where a component dropped something that has no name yet.
    private func learnNames() {
        let now = now()
        let wants = state.withLock { state in
            state.names.wants(state.droppers.keys.map(\.component), at: now)
        }
        if !wants { return }
        let list = try? PktmonCounters(parsing: pktmon.ask(.components))
        state.withLock { state in
            state.processes += 1
            state.unreadable += list?.unreadable.count ?? 0
            state.names.take(list, at: now)
        }
    }
}

extension PacketRecord {
    /// Nil where the component does not say.
    fileprivate var way: Direction? {
        switch direction {
        case 1, 3, 5: .ingress
        case 2, 4, 6: .egress
        default: nil
        }
    }
}

extension PktmonDropLocation {
    /// 0xE0006xxx.
    fileprivate var isVFP: Bool { rawValue & 0xFFFF_F000 == 0xE000_6000 }
}
