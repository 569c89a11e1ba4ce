/// A counter of a device's driver, by the driver's own name; of those of its queues together, the queue's number
/// is `*`.
package struct DriverStatisticName: OpenLabel {
    package static var name: String { "statistic" }
    package let value: String
    package init(_ value: String) { self.value = value }
}

/// An InfiniBand device.
package struct InfiniBandDevice: OpenLabel {
    package static var name: String { "device" }
    package let value: String
    package init(_ value: String) { self.value = value }
}

/// A port of such a device.
package struct InfiniBandPort: OpenLabel {
    package static var name: String { "port" }
    package let value: String
    package init(_ value: String) { self.value = value }
}

/// What went wrong on an InfiniBand port, by the names of the files in `counters`.
package enum InfiniBandError: String, ClosedLabel {
    case excessiveBufferOverrun = "excessive_buffer_overrun_errors"
    case linkDowned = "link_downed"
    case linkErrorRecovery = "link_error_recovery"
    case localLinkIntegrity = "local_link_integrity_errors"
    case receiveConstraint = "port_rcv_constraint_errors"
    case receive = "port_rcv_errors"
    case receiveRemotePhysical = "port_rcv_remote_physical_errors"
    case receiveSwitchRelay = "port_rcv_switch_relay_errors"
    case sendConstraint = "port_xmit_constraint_errors"
    case sendDiscards = "port_xmit_discards"
    case symbol = "symbol_error"
    case vl15Dropped = "vl15_dropped"
    package static var name: String { "error" }
}

/// A parameter in `debug` of an InfiniBand network device.
package enum InfiniBandParameter: String, ClosedLabel {
    case lroTimeout = "lro_timeout"
    case linkDownReason = "link_down_reason"
    package static var name: String { "parameter" }
}

extension Catalog {
    package static let driverErrors = Metric(
        "fovea_interface_driver_errors_total", .counter, labels: InterfaceName.self,
        DriverStatisticName.self, budget: 1_000, retina: "networkobservability_interface_stats",
        help:
            "The driver's own counters of errors and drops (ethtool -S), those that are not nought."
    )
    package static let ringEntries = Metric(
        "fovea_interface_ring_entries", .gauge, labels: InterfaceName.self, Direction.self,
        help: "Packets that fit in each of the device's rings.")
    package static let ringLimit = Metric(
        "fovea_interface_ring_limit_entries", .gauge, labels: InterfaceName.self, Direction.self,
        help: "The most that the device's rings can be made to hold.")

    package static let infinibandPackets = Metric(
        "fovea_infiniband_packets_total", .counter, labels: InfiniBandDevice.self,
        InfiniBandPort.self, Direction.self,
        retina: "networkobservability_infiniband_counter_stats",
        help: "Packets through the port, those with errors included.")
    package static let infinibandBytes = Metric(
        "fovea_infiniband_bytes_total", .counter, .bytes, labels: InfiniBandDevice.self,
        InfiniBandPort.self, Direction.self,
        help: "Bytes through the port (the device counts words of four).")
    package static let infinibandErrors = Metric(
        "fovea_infiniband_errors_total", .counter, labels: InfiniBandDevice.self,
        InfiniBandPort.self, InfiniBandError.self, budget: 400,
        retina: "networkobservability_infiniband_counter_stats",
        help: "What went wrong on the port; packets are counted under more than one name.")
    package static let infinibandUp = Metric(
        "fovea_infiniband_port_up", .gauge, labels: InfiniBandDevice.self, InfiniBandPort.self,
        help: "1 where the port is active.")
    package static let infinibandStatus = Metric(
        "fovea_infiniband_status", .gauge, labels: InterfaceName.self, InfiniBandParameter.self,
        retina: "networkobservability_infiniband_status_params",
        help: "Parameters in the debug folder of an InfiniBand network device.")

    package static let devices: [MetricDescriptor] = [
        driverErrors.descriptor, ringEntries.descriptor, ringLimit.descriptor,
        infinibandPackets.descriptor, infinibandBytes.descriptor, infinibandErrors.descriptor,
        infinibandUp.descriptor, infinibandStatus.descriptor,
    ]
}
