import MetricSchema

extension TCPFlowQuality {
    /// Writes what packets from `source` to `destination` did, as their `direction` says where that was seen. Series
    /// that are always nought are not written: most pairs never have one.
    func write(
        to samples: inout SampleBuffer, from source: Identity, to destination: Identity,
        _ direction: Direction
    ) {
        let (from, to) = (SourceLabel(source), DestinationLabel(destination))
        let resequenced: [(ResequencedKind, Data)] = [
            (.retransmission, retransmitted), (.late, late), (.unclear, unclear),
        ]
        for (kind, data) in resequenced where data.packets > 0 {
            samples.add(
                data.packets, to: Catalog.flowTCPResequencedPackets, from, to, direction, kind)
            samples.add(data.bytes, to: Catalog.flowTCPResequencedBytes, from, to, direction, kind)
        }
        if resets > 0 { samples.add(resets, to: Catalog.flowTCPResets, from, to, direction) }
        if zeroWindows > 0 {
            samples.add(zeroWindows, to: Catalog.flowTCPZeroWindows, from, to, direction)
        }
        // Who waited is the endpoint that saw these packets, and the source, whichever way the last packet went.
        let waits = direction == .egress ? (source, destination) : (destination, source)
        writeLatencies(to: &samples, SourceLabel(waits.0), DestinationLabel(waits.1))
    }

    private func writeLatencies(
        to samples: inout SampleBuffer, _ from: SourceLabel, _ to: DestinationLabel
    ) {
        let handshakes: [(TCPRole, HandshakeStep, Latency)] = [
            (.client, .synack, clientReply), (.server, .synack, serverReply),
            (.server, .ack, serverAcknowledged),
        ]
        for (role, step, latency) in handshakes where latency.samples > 0 {
            samples.add(latency.samples, to: Catalog.flowTCPHandshakes, from, to, role, step)
            samples.add(latency.seconds, to: Catalog.flowTCPHandshakeSeconds, from, to, role, step)
        }
        if roundTrip.samples > 0 {
            samples.add(roundTrip.samples, to: Catalog.flowTCPRoundTrips, from, to)
            samples.add(roundTrip.seconds, to: Catalog.flowTCPRoundTripSeconds, from, to)
        }
    }
}

extension TCPFlowQuality.Latency {
    fileprivate var seconds: Double { Double(nanoseconds) * 1e-9 }
}
