/// What only Windows has, or only there has to be said: how its parts were read.
extension Catalog {
    package static let windowsEndpoints = Metric(
        "fovea_windows_endpoints", .gauge, on: .windows, labels: EndpointRule.self, budget: 5,
        help: "Endpoints of this node that HNS counted for, by the rule that told whose they are.")
    package static let windowsVanished = Metric(
        "fovea_windows_vanished_endpoints_total", .counter, on: .windows, budget: 1,
        help: "Endpoints that went between the list of them and the question for their counters.")
    package static let windowsUnreadable = Metric(
        "fovea_windows_unreadable_values_total", .counter, on: .windows,
        labels: WindowsSource.self, budget: 8,
        help: "Values in answers of the system that could not be read; nothing else is lost by one."
    )

    package static let windows: [MetricDescriptor] = [
        windowsEndpoints.descriptor, windowsVanished.descriptor, windowsUnreadable.descriptor,
    ]
}

/// How an endpoint's pod was found, the most trusted first.
package enum EndpointRule: String, ClosedLabel {
    /// HNS names the pod's sandbox among the containers that use it.
    case sandbox
    /// It is in the pod's network namespace.
    case namespace
    /// It has one of the pod's addresses.
    case address
    /// Its name begins with the pod's sandbox.
    case endpointName = "name"
    /// No pod is known for it, so its own name stands for one.
    case ownName = "own_name"
    package static var name: String { "rule" }
}

/// An interface of Windows that numbers come from.
package enum WindowsSource: String, ClosedLabel {
    case hns, hcn, vfp, pktmon, perf
    case ipHelper = "ip_helper"
    case events
    package static var name: String { "source" }
}
