/// A service of the cluster.
package struct ServiceLabel: Label, Hashable {
    package static var names: [String] { ["namespace", "service"] }
    package let namespace: String
    package let name: String

    package init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    package func write(to text: inout LabelText) {
        text.append(name: "namespace", value: namespace)
        text.append(name: "service", value: name)
    }
}

/// Whether a service's endpoint was meant for the client's zone.
package enum ZoneHints: String, ClosedLabel {
    /// The endpoint has no hints.
    case none
    /// They name the client's zone.
    case kept
    /// They name other zones only.
    case missed
    package static var name: String { "hints" }
}

// MARK: What this node's pods have of services

extension Catalog {
    package static let servicePackets = Metric(
        "fovea_service_forward_packets_total", .counter, labels: ServiceLabel.self, Direction.self,
        budget: 4_000,
        help:
            "Packets that this node's pods sent to the service (egress) and received from it (ingress), as clients: to one of its cluster addresses, or straight to one of its endpoints. Counted at the client alone, so that nodes add up; clients that are no pods are not in it."
    )
    package static let serviceBytes = Metric(
        "fovea_service_forward_bytes_total", .counter, .bytes, labels: ServiceLabel.self,
        Direction.self, budget: 4_000,
        help: "Bytes of packets in fovea_service_forward_packets_total.")
    package static let serviceZoneBytes = Metric(
        "fovea_service_zone_forward_bytes_total", .counter, .bytes, labels: ServiceLabel.self,
        SourceZone.self, DestinationZone.self, ZoneHints.self, Direction.self, budget: 4_000,
        help:
            "Bytes in fovea_service_forward_bytes_total by the zones of client and endpoint, and whether the endpoint's topology hints name the client's zone; only where both zones and the endpoint behind the service's address are known."
    )
    package static let serviceConnections = Metric(
        "fovea_service_connections_total", .counter, labels: ServiceLabel.self, budget: 2_000,
        help: "TCP connections that this node's pods opened to the service.")
    package static let serviceFailures = Metric(
        "fovea_service_failed_connections_total", .counter, labels: ServiceLabel.self,
        TCPFailure.self, budget: 7_000,
        help:
            "TCP connections of this node's pods to the service that never came to be, by why, as the client's socket saw it."
    )
    package static let serviceConnectSeconds = Histogram(
        "fovea_service_connect_seconds", labels: ServiceLabel.self, budget: 2_000,
        help:
            "Time from the SYN to the established connection, of those in fovea_service_connections_total whose start is known."
    )
    package static let serviceAmbiguous = Metric(
        "fovea_service_ambiguous_packets_total", .counter, labels: Direction.self, budget: 2,
        help:
            "Packets between this node's pods and endpoints that belong to several services; in none of theirs."
    )
    package static let serviceHurried = Metric(
        "fovea_service_hurried_packets_total", .counter, budget: 1,
        help:
            "Packets whose peer might have turned out to be a service's, and is none's because too many peers waited for one."
    )
    package static let serviceLost = Metric(
        "fovea_service_lost_connections_total", .counter, budget: 1,
        help:
            "TCP connections of this node's pods, opened or failed, of which it is not known whom they went to, for want of room."
    )

    package static let services: [MetricDescriptor] = [
        servicePackets.descriptor, serviceBytes.descriptor, serviceZoneBytes.descriptor,
        serviceConnections.descriptor, serviceFailures.descriptor,
        serviceConnectSeconds.descriptor, serviceAmbiguous.descriptor, serviceHurried.descriptor,
        serviceLost.descriptor,
    ]
}
