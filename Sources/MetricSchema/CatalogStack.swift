/// The kernel's own protocol counters: /proc/net/snmp, snmp6, netstat and sockstat of one network namespace.
/// They say what the protocols saw, and packets that they count as dropped or in error are in
/// `fovea_node_drop_…` as well, where the kernel calls them drops: the two are never added up.
extension Catalog {
    package static let stackIPPackets = ScopedMetric(
        "stack_ip_packets_total", .counter, on: .both, labels: AddressFamily.self, Direction.self,
        series: 4,
        help: "Packets that the IP layer received, those to forward included, or sent itself.")
    package static let stackIPBytes = ScopedMetric(
        "stack_ip_bytes_total", .counter, .bytes, labels: AddressFamily.self, Direction.self,
        series: 4, help: "Bytes of packets through the IP layer, IP headers included.")
    package static let stackIPDelivered = ScopedMetric(
        "stack_ip_delivered_packets_total", .counter, on: .both, labels: AddressFamily.self,
        series: 2,
        help: "Packets that the IP layer passed up to a protocol.")
    package static let stackIPForwarded = ScopedMetric(
        "stack_ip_forwarded_packets_total", .counter, on: .both, labels: AddressFamily.self,
        series: 2,
        help: "Packets that the IP layer forwarded.")
    package static let stackIPErrors = ScopedMetric(
        "stack_ip_errors_total", .counter, on: .both, labels: AddressFamily.self, Direction.self,
        IPErrorCause.self, series: 40,
        help: "Packets that the IP layer could not deliver, forward or send, by cause.")
    package static let stackChecksumErrors = ScopedMetric(
        "stack_checksum_errors_total", .counter, labels: ChecksumProtocol.self, series: 7,
        retina: "networkobservability_ip_connection_stats",
        help: "Packets with a wrong checksum; they are among the protocol's errors too.")
    package static let stackICMPMessages = ScopedMetric(
        "stack_icmp_messages_total", .counter, labels: AddressFamily.self, Direction.self,
        series: 4, help: "ICMP messages.")
    package static let stackICMPErrors = ScopedMetric(
        "stack_icmp_errors_total", .counter, labels: AddressFamily.self, Direction.self, series: 4,
        help: "ICMP messages that were invalid or could not be sent.")
    package static let stackICMPReports = ScopedMetric(
        "stack_icmp_reports_total", .counter, labels: AddressFamily.self, Direction.self,
        ICMPReport.self, series: 12,
        help: "ICMP messages that report a packet as undeliverable, received or sent.")

    package static let stackUDPDatagrams = ScopedMetric(
        "stack_udp_datagrams_total", .counter, on: .both, labels: AddressFamily.self,
        Direction.self,
        series: 4, help: "Datagrams delivered to a socket or sent by one.")
    package static let stackUDPErrors = ScopedMetric(
        "stack_udp_errors_total", .counter, on: .both, labels: AddressFamily.self,
        UDPErrorCause.self,
        series: 8, help: "Datagrams that got to no socket or left none, by cause.")
    package static let stackUDPReceiveErrors = ScopedMetric(
        "stack_udp_receive_errors_total", .counter, on: .both, labels: AddressFamily.self,
        series: 2,
        help: "Datagrams lost between port and reader: full buffers, checksums, filters.")

    package static let stackTCPOpens = ScopedMetric(
        "stack_tcp_opens_total", .counter, on: .both, labels: ConnectionSide.self, series: 2,
        help: "Connections begun as client, and those accepted as server.")
    package static let stackTCPFailedOpens = ScopedMetric(
        "stack_tcp_failed_opens_total", .counter, on: .both, series: 1,
        help: "Connections that ended during their handshake.")
    package static let stackTCPEstablished = ScopedMetric(
        "stack_tcp_established_connections", .gauge, on: .both, series: 1,
        help: "Connections established or waiting to be closed.")
    package static let stackTCPEstablishedResets = ScopedMetric(
        "stack_tcp_established_resets_total", .counter, on: .both, series: 1,
        help: "Established connections that ended at once, by a reset or a time-out.")
    package static let stackTCPSegments = ScopedMetric(
        "stack_tcp_segments_total", .counter, on: .both, labels: Direction.self, series: 2,
        help: "Segments received, bad ones included, or sent, those sent again left out.")
    package static let stackTCPRetransmitted = ScopedMetric(
        "stack_tcp_retransmitted_segments_total", .counter, on: .both, series: 1,
        help: "Segments sent again.")
    package static let stackTCPRetransmissions = ScopedMetric(
        "stack_tcp_retransmissions_total", .counter, labels: RetransmissionKind.self, series: 6,
        retina: "networkobservability_tcp_connection_stats",
        help: "Retransmissions by kind; kinds overlap.")
    package static let stackTCPTimeouts = ScopedMetric(
        "stack_tcp_timeouts_total", .counter, series: 1,
        retina: "networkobservability_tcp_connection_stats",
        help: "Times that an acknowledgement did not come in time.")
    package static let stackTCPSpuriousTimeouts = ScopedMetric(
        "stack_tcp_spurious_timeouts_total", .counter, series: 1,
        help: "Time-outs after which it turned out that nothing had been lost.")
    package static let stackTCPReceiveErrors = ScopedMetric(
        "stack_tcp_receive_errors_total", .counter, on: .both, series: 1,
        help: "Segments with wrong lengths or checksums.")
    package static let stackTCPResetsSent = ScopedMetric(
        "stack_tcp_resets_sent_total", .counter, on: .both, series: 1, help: "Resets sent.")
    package static let stackTCPListenOverflows = ScopedMetric(
        "stack_tcp_listen_overflows_total", .counter, series: 1,
        help: "Times that a connection found the accept queue full.")
    package static let stackTCPListenDrops = ScopedMetric(
        "stack_tcp_listen_drops_total", .counter, series: 1,
        retina: "networkobservability_tcp_connection_stats",
        help: "SYNs and last ACKs of handshakes that a listener dropped, overflows included.")
    package static let stackTCPRequestCookies = ScopedMetric(
        "stack_tcp_request_queue_cookies_total", .counter, series: 1,
        help: "Times that the queue of half-open connections was full and cookies were used.")
    package static let stackTCPCookies = ScopedMetric(
        "stack_tcp_syn_cookies_total", .counter, labels: SYNCookieEvent.self, series: 3,
        help: "SYN cookies sent, and what came back.")
    package static let stackTCPEmbryonicResets = ScopedMetric(
        "stack_tcp_embryonic_resets_total", .counter, series: 1,
        help: "Half-open connections that a reset ended.")
    package static let stackTCPDrops = ScopedMetric(
        "stack_tcp_drops_total", .counter, labels: TCPDropCause.self, series: 9,
        retina: "networkobservability_tcp_connection_stats",
        help: "Segments that TCP threw away after they had reached their host, by cause.")
    package static let stackTCPAborts = ScopedMetric(
        "stack_tcp_aborts_total", .counter, labels: TCPAbortCause.self, series: 6,
        help: "Connections that this side gave up, by cause.")
    package static let stackTCPPrunes = ScopedMetric(
        "stack_tcp_prunes_total", .counter, labels: PrunedQueue.self, series: 3,
        help: "Times that received data was thrown away or squeezed for want of buffer.")
    package static let stackTCPMemoryPressures = ScopedMetric(
        "stack_tcp_memory_pressures_total", .counter, series: 1,
        help: "Times that TCP came under memory pressure (net.ipv4.tcp_mem).")
    package static let stackTCPOutOfOrder = ScopedMetric(
        "stack_tcp_out_of_order_segments_total", .counter, series: 1,
        help: "Segments received ahead of their turn.")
    package static let stackTCPZeroWindows = ScopedMetric(
        "stack_tcp_zero_windows_sent_total", .counter, series: 1,
        help: "Times that a receive window was closed entirely.")
    package static let stackTCPTimeWaitOverflows = ScopedMetric(
        "stack_tcp_time_wait_overflows_total", .counter, series: 1,
        help: "Connections that found no room in TIME-WAIT (net.ipv4.tcp_max_tw_buckets).")
    package static let stackMPTCPDrops = ScopedMetric(
        "stack_mptcp_drops_total", .counter, labels: MPTCPDropCause.self, series: 2,
        retina: "networkobservability_tcp_connection_stats",
        help: "Address announcements of MPTCP that were dropped.")

    package static let stackFragmentMemory = ScopedMetric(
        "stack_fragment_memory_bytes", .gauge, .bytes, labels: AddressFamily.self, series: 2,
        help: "Memory of fragments that wait for the rest of their packets.")
    package static let stackTCPOrphans = Metric(
        "fovea_node_stack_tcp_orphan_sockets", .gauge, budget: 1,
        help: "TCP sockets that no process holds any more, of all namespaces.")
    package static let stackTCPMemory = Metric(
        "fovea_node_stack_tcp_memory_bytes", .gauge, .bytes, budget: 1,
        help: "Memory of all TCP sockets' buffers, of all namespaces (limit: net.ipv4.tcp_mem).")
    package static let stackUDPMemory = Metric(
        "fovea_node_stack_udp_memory_bytes", .gauge, .bytes, budget: 1,
        help: "Memory of all UDP sockets' buffers, of all namespaces (limit: net.ipv4.udp_mem).")

    package static let stack: [MetricDescriptor] =
        [
            stackIPPackets.descriptors, stackIPBytes.descriptors, stackIPDelivered.descriptors,
            stackIPForwarded.descriptors, stackIPErrors.descriptors,
            stackChecksumErrors.descriptors,
            stackICMPMessages.descriptors, stackICMPErrors.descriptors,
            stackICMPReports.descriptors,
            stackUDPDatagrams.descriptors, stackUDPErrors.descriptors,
            stackUDPReceiveErrors.descriptors,
            stackTCPOpens.descriptors, stackTCPFailedOpens.descriptors,
            stackTCPEstablished.descriptors, stackTCPEstablishedResets.descriptors,
            stackTCPSegments.descriptors, stackTCPRetransmitted.descriptors,
            stackTCPRetransmissions.descriptors, stackTCPTimeouts.descriptors,
            stackTCPSpuriousTimeouts.descriptors, stackTCPReceiveErrors.descriptors,
            stackTCPResetsSent.descriptors, stackTCPListenOverflows.descriptors,
            stackTCPListenDrops.descriptors, stackTCPRequestCookies.descriptors,
            stackTCPCookies.descriptors, stackTCPEmbryonicResets.descriptors,
            stackTCPDrops.descriptors, stackTCPAborts.descriptors, stackTCPPrunes.descriptors,
            stackTCPMemoryPressures.descriptors, stackTCPOutOfOrder.descriptors,
            stackTCPZeroWindows.descriptors, stackTCPTimeWaitOverflows.descriptors,
            stackMPTCPDrops.descriptors, stackFragmentMemory.descriptors,
        ].flatMap { $0 } + [
            stackTCPOrphans.descriptor, stackTCPMemory.descriptor, stackUDPMemory.descriptor,
        ] + softnet + qdiscs + readings
}

// MARK: Softnet

extension Catalog {
    package static let softnetPackets = Metric(
        "fovea_node_softnet_packets_total", .counter, labels: CPUNumber.self, budget: 512,
        help: "Packets that the processor took from devices and their drivers' queues.")
    package static let softnetDropped = Metric(
        "fovea_node_softnet_dropped_packets_total", .counter, labels: CPUNumber.self, budget: 512,
        help:
            "Packets dropped for want of room in the processor's backlog (net.core.netdev_max_backlog)."
    )
    package static let softnetSqueezes = Metric(
        "fovea_node_softnet_time_squeezes_total", .counter, labels: CPUNumber.self, budget: 512,
        help:
            "Times that the processor's budget was spent with packets left (net.core.netdev_budget)."
    )
    package static let softnetFlowLimited = Metric(
        "fovea_node_softnet_flow_limited_packets_total", .counter, labels: CPUNumber.self,
        budget: 512,
        help: "Packets of large flows dropped for the sake of small ones, among the dropped.")
    package static let softnetBacklog = Metric(
        "fovea_node_softnet_backlog_packets", .gauge, labels: CPUNumber.self, budget: 512,
        help: "Packets that wait in the processor's backlog.")

    fileprivate static let softnet: [MetricDescriptor] = [
        softnetPackets.descriptor, softnetDropped.descriptor, softnetSqueezes.descriptor,
        softnetFlowLimited.descriptor, softnetBacklog.descriptor,
    ]
}

// MARK: Queueing disciplines

extension Catalog {
    package static let qdiscPackets = Metric(
        "fovea_interface_qdisc_packets_total", .counter, labels: InterfaceName.self,
        QdiscKind.self, budget: 600, help: "Packets through the interface's root qdisc.")
    package static let qdiscBytes = Metric(
        "fovea_interface_qdisc_bytes_total", .counter, .bytes, labels: InterfaceName.self,
        QdiscKind.self, budget: 600, help: "Bytes through the interface's root qdisc.")
    package static let qdiscDrops = Metric(
        "fovea_interface_qdisc_drops_total", .counter, labels: InterfaceName.self,
        QdiscKind.self, budget: 600,
        help: "Packets that the interface's root qdisc and those below it dropped.")
    package static let qdiscOverlimits = Metric(
        "fovea_interface_qdisc_overlimits_total", .counter, labels: InterfaceName.self,
        QdiscKind.self, budget: 600,
        help: "Times that the qdisc held packets back because they came faster than allowed.")
    package static let qdiscRequeues = Metric(
        "fovea_interface_qdisc_requeues_total", .counter, labels: InterfaceName.self,
        QdiscKind.self, budget: 600,
        help: "Packets that the device would not take and the qdisc kept for later.")
    package static let qdiscQueuedPackets = Metric(
        "fovea_interface_qdisc_queued_packets", .gauge, labels: InterfaceName.self,
        QdiscKind.self, budget: 600, help: "Packets that wait in the qdisc.")
    package static let qdiscQueuedBytes = Metric(
        "fovea_interface_qdisc_queued_bytes", .gauge, .bytes, labels: InterfaceName.self,
        QdiscKind.self, budget: 600, help: "Bytes that wait in the qdisc.")

    fileprivate static let qdiscs: [MetricDescriptor] = [
        qdiscPackets.descriptor, qdiscBytes.descriptor, qdiscDrops.descriptor,
        qdiscOverlimits.descriptor, qdiscRequeues.descriptor, qdiscQueuedPackets.descriptor,
        qdiscQueuedBytes.descriptor,
    ]
}

// MARK: How old readings of namespaces are

extension Catalog {
    package static let readingAge = Metric(
        "fovea_namespace_reading_age_seconds", .gauge, .seconds, on: .both,
        labels: CollectorName.self, budget: 40,
        help: "Age of the oldest reading of an endpoint's namespace that is served.")
    package static let readingFailures = Metric(
        "fovea_namespace_reading_failures_total", .counter, on: .both,
        labels: CollectorName.self, budget: 40,
        help: "Endpoints' namespaces that could not be entered or read; the last reading is served."
    )

    fileprivate static let readings: [MetricDescriptor] = [
        readingAge.descriptor, readingFailures.descriptor,
    ]
}
