package import MetricSchema
package import Observability
import Synchronization

/// The counters that network interfaces keep themselves, of the host's network compartment, and the node's
/// totals: those of its uplinks, which are the interfaces with hardware under them.
///
/// Faces that filter drivers put on an interface are left out: they count the same packets again. So are
/// interfaces that never were up: Windows lists a dozen of miniports that are not used.
package final class WindowsInterfaceCollector: Collector {
    package let name = CollectorName("interfaces")
    static let metrics: [MetricDescriptor] = [
        Catalog.interfaceUp.descriptor, Catalog.interfaceSpeed.descriptor,
        Catalog.interfacePackets.descriptor, Catalog.interfaceBytes.descriptor,
        Catalog.interfaceErrors.descriptor, Catalog.interfaceDrops.descriptor,
        Catalog.nodePackets.descriptor, Catalog.nodeBytes.descriptor,
    ]

    private let helper: any IPHelperTransport
    private let now: @Sendable () -> ContinuousClock.Instant
    private let uplinks = Mutex(CounterLedger<InterfaceCounter>())

    package init(
        _ helper: any IPHelperTransport,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.helper = helper
        self.now = now
    }

    package func collect(into samples: inout SampleBuffer) throws {
        let rows = try WindowsInterface.all(in: helper.read(.interfaces, compartment: nil))
        let interfaces = rows.filter { interface in
            !interface.flags.contains(.filter)
                && (interface.isUp || interface.counters.values.contains { $0 ?? 0 > 0 })
        }
        var names: Set<String> = []
        for interface in interfaces {
            // Windows keeps them apart; what it wrote is not trusted to.
            let isNew = names.insert(interface.alias).inserted
            let name = isNew ? interface.alias : "\(interface.alias) (\(interface.luid))"
            write(interface, as: InterfaceName(name), to: &samples)
        }
        let now = now()
        let totals = uplinks.withLock { uplinks in
            for interface in interfaces where interface.isUplink {
                uplinks.add(
                    interface.counters, of: "\(interface.luid)", owner: .node, now: now)
            }
            uplinks.forget(allBut: Set(interfaces.map { "\($0.luid)" }), now: now)
            return uplinks
        }
        samples.add(totals.node(.packetsIn), to: Catalog.nodePackets, .ingress)
        samples.add(totals.node(.packetsOut), to: Catalog.nodePackets, .egress)
        samples.add(totals.node(.bytesIn), to: Catalog.nodeBytes, .ingress)
        samples.add(totals.node(.bytesOut), to: Catalog.nodeBytes, .egress)
    }

    private func write(
        _ interface: WindowsInterface, as name: InterfaceName, to samples: inout SampleBuffer
    ) {
        samples.add(interface.isUp ? 1 : 0 as UInt64, to: Catalog.interfaceUp, name)
        if let speed = interface.bytesPerSecond {
            samples.add(speed, to: Catalog.interfaceSpeed, name)
        }
        let counters = interface.counters
        samples.add(counters[.packetsIn] ?? 0, to: Catalog.interfacePackets, name, .ingress)
        samples.add(counters[.packetsOut] ?? 0, to: Catalog.interfacePackets, name, .egress)
        samples.add(counters[.bytesIn] ?? 0, to: Catalog.interfaceBytes, name, .ingress)
        samples.add(counters[.bytesOut] ?? 0, to: Catalog.interfaceBytes, name, .egress)
        samples.add(counters[.errorsIn] ?? 0, to: Catalog.interfaceErrors, name, .ingress)
        samples.add(counters[.errorsOut] ?? 0, to: Catalog.interfaceErrors, name, .egress)
        samples.add(counters[.discardsIn] ?? 0, to: Catalog.interfaceDrops, name, .ingress)
        samples.add(counters[.discardsOut] ?? 0, to: Catalog.interfaceDrops, name, .egress)
    }
}

extension WindowsInterface {
    /// Ethernet or Wi-Fi with hardware under it. Where a virtual switch stands on it, it carries what all
    /// endpoints send to other hosts, and the host's own.
    fileprivate var isUplink: Bool {
        flags.contains(.hardware) && !flags.contains(.filter) && [6, 71].contains(type)
    }
}
