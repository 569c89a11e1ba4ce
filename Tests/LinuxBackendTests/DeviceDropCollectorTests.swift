import MetricSchema
import Observability
import Synchronization
import Testing

@testable import LinuxBackend

/// Devices' own counters as drops of the node.
struct DeviceDropCollectorTests {
    /// What the devices say; changed in the middle of a test.
    private final class Devices: Sendable {
        private let answer = Mutex<[UInt8]>([])

        /// Each device's name, rx_errors and rx_missed_errors, by ifindex from 1 on.
        func say(_ devices: [(String, errors: UInt64, missed: UInt64)]) {
            let messages = devices.enumerated().flatMap { place, device in
                var counters = [UInt64](repeating: 0, count: 25)
                counters[4] = device.errors
                counters[6] = 1_000  // rx_dropped: the drop program's
                counters[7] = 1_000  // tx_dropped
                counters[15] = device.missed
                counters[23] = 1_000  // rx_nohandler
                return NetlinkBytes.message(
                    16,
                    NetlinkBytes.ifinfomsg(ifindex: UInt32(place + 1))
                        + NetlinkBytes.attribute(3, Array(device.0.utf8) + [0])
                        + NetlinkBytes.attribute(23, counters.flatMap(NetlinkBytes.bytes)))
            }
            answer.withLock { $0 = messages }
        }

        var bytes: [UInt8] { answer.withLock { $0 } }
    }

    private func lines(_ collector: DeviceDropCollector) throws -> [String] {
        var samples = SampleBuffer()
        try collector.collect(into: &samples)
        return Exposition(samples, as: .text).text().split(separator: "\n").map(String.init)
            .filter { $0.first != "#" }
    }

    private func expected(missed: UInt64, errors: UInt64) -> [String] {
        let name = "fovea_node_drop_packets_total"
        return [
            "\(name){reason=\"nic_rx_errors\",direction=\"ingress\"} \(errors)",
            "\(name){reason=\"nic_rx_missed\",direction=\"ingress\"} \(missed)",
        ]
    }

    @Test("what hardware loses from now on counts, and nothing that a software device says")
    func growth() throws {
        let devices = Devices()
        devices.say([("eth0", 5, 100), ("veth0", 7, 7)])
        let collector = try DeviceDropCollector(
            links: { devices.bytes }, isHardware: { $0.hasPrefix("eth") })
        #expect(try lines(collector) == expected(missed: 0, errors: 0))
        devices.say([("eth0", 6, 120), ("veth0", 9, 9), ("eth1", 2, 3)])
        #expect(try lines(collector) == expected(missed: 23, errors: 3))
    }

    @Test("a device that begins anew or goes takes nothing back")
    func resets() throws {
        let devices = Devices()
        devices.say([("eth0", 0, 100)])
        let collector = try DeviceDropCollector(links: { devices.bytes }, isHardware: { _ in true })
        devices.say([("eth0", 0, 150)])
        #expect(try lines(collector) == expected(missed: 50, errors: 0))
        devices.say([("eth0", 1, 4)])
        #expect(try lines(collector) == expected(missed: 54, errors: 1))
        devices.say([])
        #expect(try lines(collector) == expected(missed: 54, errors: 1))
    }
}
