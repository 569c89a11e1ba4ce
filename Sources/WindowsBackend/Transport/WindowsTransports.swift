/// Everything a Windows node can be asked through: the node itself, or a recording of one.
package struct WindowsTransports: Sendable {
    package let hns: any HNSTransport
    package let hcn: any HCNTransport
    package let vfp: any VFPTransport
    package let pktmon: any PktmonTransport
    package let packets: any PacketStreamTransport
    package let ipHelper: any IPHelperTransport
    package let perf: any PerfTransport
    package let events: any EventTransport

    /// Nothing is called before it is asked for.
    package static var live: WindowsTransports {
        WindowsTransports(
            hns: LiveHNS(), hcn: LiveHCN(), vfp: LiveVFP(), pktmon: LivePktmon(),
            packets: LivePacketStream(), ipHelper: LiveIPHelper(), perf: LivePerf(),
            events: LiveEvents())
    }

    package static func replaying(_ node: RecordedNode) -> WindowsTransports {
        WindowsTransports(
            hns: ReplayingHNS(node), hcn: ReplayingHCN(node), vfp: ReplayingVFP(node),
            pktmon: ReplayingPktmon(node), packets: ReplayingPacketStream(node),
            ipHelper: ReplayingIPHelper(node), perf: ReplayingPerf(node),
            events: ReplayingEvents(node))
    }
}
