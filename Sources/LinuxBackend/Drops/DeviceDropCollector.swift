package import MetricSchema
package import Observability
import Glibc
import Synchronization

/// What network hardware lost before there was a packet in the kernel that could be dropped: the one way to
/// die that the drop program does not see. Both kinds are the node's, on their way in, and have no bytes.
///
/// Only devices with hardware under them: others have no such packets. A device's other drop counters
/// (rx_dropped, tx_dropped, rx_nohandler) are left out, because the kernel frees those packets as dropped:
/// the drop program has counted them with their reason.
package final class DeviceDropCollector: Collector {
    package let name = CollectorName("device-drops")
    private let links: @Sendable () throws -> [UInt8]
    private let isHardware: @Sendable (String) -> Bool
    private let ledger = Mutex(Ledger())

    /// What is lost from now on counts. `links` gives an answer to RTM_GETLINK with statistics.
    package init(
        links: @escaping @Sendable () throws -> [UInt8],
        isHardware: @escaping @Sendable (String) -> Bool
    ) throws {
        self.links = links
        self.isHardware = isHardware
        let now = try hardware()
        ledger.withLock { $0.begin(now) }
    }

    package static func live() throws -> DeviceDropCollector {
        try DeviceDropCollector(
            links: { try LiveNetlink().links(statistics: true) },
            isHardware: { access("/sys/class/net/\($0)/device", F_OK) == 0 })
    }

    package func collect(into samples: inout SampleBuffer) throws {
        let now = try hardware()
        let totals = ledger.withLock { ledger in
            ledger.note(now)
            return ledger.totals
        }
        samples.add(totals.missed, to: Catalog.nodeDropPackets, .deviceMissed, .ingress)
        samples.add(totals.errors, to: Catalog.nodeDropPackets, .deviceErrors, .ingress)
    }

    private func hardware() throws -> [UInt32: Counted] {
        var counted: [UInt32: Counted] = [:]
        for link in try Link.all(in: links()) where isHardware(link.name) {
            guard let statistics = link.statistics else { continue }
            counted[link.ifindex] = Counted(
                missed: statistics.receiveMissed, errors: statistics.receiveErrors)
        }
        return counted
    }

    private struct Counted {
        var missed: UInt64 = 0
        var errors: UInt64 = 0
    }

    /// Sums that never go back, of counters that do when a driver is loaded again.
    private struct Ledger {
        private(set) var totals = Counted()
        private var last: [UInt32: Counted] = [:]

        mutating func begin(_ now: [UInt32: Counted]) {
            last = now
        }

        mutating func note(_ now: [UInt32: Counted]) {
            for (ifindex, counted) in now {
                let before = last[ifindex] ?? Counted()
                totals.missed += Self.growth(before.missed, counted.missed)
                totals.errors += Self.growth(before.errors, counted.errors)
            }
            last = now
        }

        private static func growth(_ before: UInt64, _ now: UInt64) -> UInt64 {
            now >= before ? now - before : now
        }
    }
}

extension DropReason {
    /// rx_missed_errors: the device had no room, its ring was full.
    package static let deviceMissed = DropReason("nic_rx_missed")
    /// rx_errors: bad checksums of frames, wrong lengths and whatever else hardware does not pass on.
    package static let deviceErrors = DropReason("nic_rx_errors")
}
