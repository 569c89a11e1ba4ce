import MetricSchema

/// One number of `top`, and the metrics it is made of.
package enum TopColumn: String, CaseIterable, Sendable {
    case ingressBytes = "ingressBytesPerSecond"
    case egressBytes = "egressBytesPerSecond"
    case packets = "packetsPerSecond"
    case drops = "dropsPerSecond"
    case retransmits = "retransmitsPerSecond"
    case connections = "connectionsPerSecond"
    case dnsFailures = "dnsFailuresPerSecond"
    case nxdomain = "dnsNxdomainPerSecond"

    /// A part of it: series of one metric whose labels fit.
    struct Term: Sendable {
        let node: MetricDescriptor
        let pod: MetricDescriptor
        let fits: @Sendable (MetricsText.Labels) -> Bool
    }

    var terms: [Term] {
        switch self {
        case .ingressBytes, .egressBytes:
            let direction = self == .ingressBytes ? "ingress" : "egress"
            return [
                Term(node: Catalog.nodeBytes.descriptor, pod: Catalog.podBytes.descriptor) {
                    $0["direction"] == direction
                }
            ]
        case .packets:
            return [
                Term(node: Catalog.nodePackets.descriptor, pod: Catalog.podPackets.descriptor) {
                    _ in true
                }
            ]
        case .drops:
            return [
                Term(
                    node: Catalog.nodeDropPackets.descriptor, pod: Catalog.podDropPackets.descriptor
                ) { _ in true }
            ]
        case .retransmits:
            return [
                Term(
                    node: Catalog.nodeTCPRetransmittedPackets.descriptor,
                    pod: Catalog.podTCPRetransmittedPackets.descriptor
                ) { _ in true }
            ]
        case .connections:
            return [
                Term(
                    node: Catalog.nodeTCPEstablished.descriptor,
                    pod: Catalog.podTCPEstablished.descriptor
                ) { _ in true }
            ]
        case .dnsFailures:
            return [
                Self.responses { $0 != "noerror" && $0 != "nxdomain" },
                Term(
                    node: Catalog.nodeDNSTimeouts.descriptor, pod: Catalog.podDNSTimeouts.descriptor
                ) { $0["role"] == "client" },
            ]
        case .nxdomain: return [Self.responses { $0 == "nxdomain" }]
        }
    }

    private static func responses(_ fits: @escaping @Sendable (String?) -> Bool) -> Term {
        Term(node: Catalog.nodeDNSResponses.descriptor, pod: Catalog.podDNSResponses.descriptor) {
            $0["role"] == "client" && fits($0["rcode"])
        }
    }

    /// On Linux: without it the metrics are absent, and their absence is not a nought.
    private var collector: String {
        switch self {
        case .ingressBytes, .egressBytes, .packets: "traffic"
        case .drops: "drops"
        case .retransmits, .connections: "tcp-sockets"
        case .dnsFailures, .nxdomain: "dns"
        }
    }

    /// Whether an agent counts it at all. Where a collector is not known by name, as on Windows, there has to be a
    /// series.
    func isCounted(in metrics: MetricsText) -> Bool {
        let success = metrics[Catalog.collectorSuccess.descriptor.name][["collector": collector]]
        if let success { return success == 1 }
        return terms.contains { !metrics[$0.node.name].isEmpty || !metrics[$0.pod.name].isEmpty }
    }

    var header: String {
        switch self {
        case .ingressBytes: "IN B/s"
        case .egressBytes: "OUT B/s"
        case .packets: "PACKETS/s"
        case .drops: "DROPS/s"
        case .retransmits: "RETRANS/s"
        case .connections: "CONNS/s"
        case .dnsFailures: "DNS FAIL/s"
        case .nxdomain: "NXDOMAIN/s"
        }
    }

    static let metrics: Set<String> = allCases.flatMap(\.terms).reduce(
        into: [Catalog.collectorSuccess.descriptor.name, Catalog.agentCPU.descriptor.name]
    ) {
        $0.insert($1.node.name)
        $0.insert($1.pod.name)
    }
}
