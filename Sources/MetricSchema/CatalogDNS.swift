/// DNS messages, as packets: one sent twice is counted twice. A packet between two endpoints of the node is
/// each one's, in its own role; node metrics are what passes the node's uplinks, and nothing else.
extension Catalog {
    package static let podDNSQueries = Metric(
        "fovea_pod_dns_queries_total", .counter, level: .local,
        labels: PodLabel.self, DNSRole.self, DNSType.self, DNSTransport.self, budget: 10_000,
        retina: "networkobservability_adv_dns_request_count",
        help: "DNS queries the endpoint sent (client) or received (server), repeated ones included."
    )
    package static let podDNSResponses = Metric(
        "fovea_pod_dns_responses_total", .counter, level: .local,
        labels: PodLabel.self, DNSRole.self, DNSResponseCode.self, DNSType.self, DNSTransport.self,
        budget: 20_000, retina: "networkobservability_adv_dns_response_count",
        help: "DNS responses the endpoint received (client) or sent (server).")
    package static let podDNSResponseTime = Histogram(
        "fovea_pod_dns_response_seconds", level: .local, labels: PodLabel.self, DNSRole.self,
        budget: 1_000,
        help: "Time from a query's first packet to its response, where the endpoint's link is.")
    package static let podDNSTimeouts = Metric(
        "fovea_pod_dns_timeouts_total", .counter, level: .local,
        labels: PodLabel.self, DNSRole.self, budget: 1_000,
        help:
            "Queries the endpoint sent (client) or received (server) that got no response in time."
    )
    package static let podDNSTruncated = Metric(
        "fovea_pod_dns_truncated_responses_total", .counter, level: .local,
        labels: PodLabel.self, DNSRole.self, budget: 1_000,
        help: "Responses marked as truncated (TC), to be asked for again over TCP.")
    package static let podDNSRepeated = Metric(
        "fovea_pod_dns_repeated_queries_total", .counter, level: .local,
        labels: PodLabel.self, DNSRole.self, budget: 1_000,
        help: "Queries that were sent again, with the same id, before they were answered.")
    package static let podDNSUnmatched = Metric(
        "fovea_pod_dns_unmatched_responses_total", .counter, level: .local,
        labels: PodLabel.self, DNSRole.self, budget: 1_000,
        help: "Responses to no query that was waiting: late, repeated, unasked for or untracked.")
    package static let podDNSMalformed = Metric(
        "fovea_pod_dns_malformed_messages_total", .counter, level: .local,
        labels: PodLabel.self, Direction.self, budget: 1_000,
        help: "Messages on a DNS port that are no DNS; in no other count of messages.")
    package static let podDNSUndetailed = Metric(
        "fovea_pod_dns_undetailed_packets_total", .counter, level: .local,
        labels: PodLabel.self, Direction.self, DNSDetailLoss.self, budget: 2_000,
        help: "Packets on a DNS port whose messages were not all looked at, by cause.")

    package static let podDNSNameQueries = Metric(
        "fovea_pod_dns_name_queries_total", .counter, level: .local,
        labels: PodLabel.self, DNSRole.self, QueryName.self, budget: 20_000,
        help: "Queries by name, if dns.names is on; names beyond dns.top-names are one series.")
    package static let podDNSNameResponses = Metric(
        "fovea_pod_dns_name_responses_total", .counter, level: .local,
        labels: PodLabel.self, DNSRole.self, DNSResponseCode.self, QueryName.self, budget: 40_000,
        help: "Responses by name, if dns.names is on; names beyond dns.top-names are one series.")

    package static let nodeDNSQueries = Metric(
        "fovea_node_dns_queries_total", .counter,
        labels: DNSRole.self, DNSType.self, DNSTransport.self,
        help: "DNS queries that left (client) or entered (server) by the node's uplinks.")
    package static let nodeDNSResponses = Metric(
        "fovea_node_dns_responses_total", .counter,
        labels: DNSRole.self, DNSResponseCode.self, DNSType.self, DNSTransport.self, budget: 512,
        help: "DNS responses that entered (client) or left (server) by the node's uplinks.")
    package static let nodeDNSResponseTime = Histogram(
        "fovea_node_dns_response_seconds", labels: DNSRole.self, budget: 2,
        help: "Time from a query's first packet to its response at the node's uplinks.")
    package static let nodeDNSTimeouts = Metric(
        "fovea_node_dns_timeouts_total", .counter, labels: DNSRole.self, budget: 2,
        help: "Queries through the node's uplinks that got no response in time.")
    package static let nodeDNSTruncated = Metric(
        "fovea_node_dns_truncated_responses_total", .counter, labels: DNSRole.self, budget: 2,
        help: "Responses through the node's uplinks that are marked as truncated (TC).")
    package static let nodeDNSRepeated = Metric(
        "fovea_node_dns_repeated_queries_total", .counter, labels: DNSRole.self, budget: 2,
        help: "Queries through the node's uplinks that were sent again before they were answered.")
    package static let nodeDNSUnmatched = Metric(
        "fovea_node_dns_unmatched_responses_total", .counter, labels: DNSRole.self, budget: 2,
        help: "Responses through the node's uplinks to no query that was waiting there.")
    package static let nodeDNSMalformed = Metric(
        "fovea_node_dns_malformed_messages_total", .counter, labels: Direction.self, budget: 2,
        help: "Messages on a DNS port through the node's uplinks that are no DNS.")
    package static let nodeDNSUndetailed = Metric(
        "fovea_node_dns_undetailed_packets_total", .counter,
        labels: Direction.self, DNSDetailLoss.self, budget: 10,
        help: "Packets on a DNS port through the uplinks whose messages were not all looked at.")

    package static let dnsUntrackedQueries = Metric(
        "fovea_dns_untracked_queries_total", .counter, budget: 1,
        help: "Queries that found no room to wait for their answer: no latency, no timeout.")
    package static let dnsUntrackedStreams = Metric(
        "fovea_dns_untracked_streams_total", .counter, budget: 1,
        help: "Times a way of a TCP connection found no room to be followed from its start.")
    package static let dnsLostNames = Metric(
        "fovea_dns_lost_names_total", .counter, budget: 1,
        help: "Names that came faster than they were read; they are in the overflow series.")

    package static let dns: [MetricDescriptor] = [
        podDNSQueries.descriptor, podDNSResponses.descriptor, podDNSResponseTime.descriptor,
        podDNSTimeouts.descriptor, podDNSTruncated.descriptor, podDNSRepeated.descriptor,
        podDNSUnmatched.descriptor, podDNSMalformed.descriptor, podDNSUndetailed.descriptor,
        nodeDNSQueries.descriptor, nodeDNSResponses.descriptor, nodeDNSResponseTime.descriptor,
        nodeDNSTimeouts.descriptor, nodeDNSTruncated.descriptor, nodeDNSRepeated.descriptor,
        nodeDNSUnmatched.descriptor, nodeDNSMalformed.descriptor, nodeDNSUndetailed.descriptor,
        dnsUntrackedQueries.descriptor, dnsUntrackedStreams.descriptor,
        dnsLostNames.descriptor, podDNSNameQueries.descriptor, podDNSNameResponses.descriptor,
    ]
}
