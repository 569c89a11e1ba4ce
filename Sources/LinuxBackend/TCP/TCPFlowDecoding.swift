package import KernelABI
package import Observability

extension TCPFlowDelta {
    /// As the packet program holds it.
    package init(_ key: flow_key, _ flow: tcp_flow) {
        self.init(FlowDelta(key, .init()), TCPFlowQuality(flow))
    }
}

extension TCPFlowQuality {
    fileprivate init(_ flow: tcp_flow) {
        self.init()
        withUnsafeBytes(of: flow.events) { bytes in
            let events = bytes.bindMemory(to: tcp_flow_event.self)
            func event(_ number: fovea_tcp_flow_event) -> tcp_flow_event {
                events[Int(number.rawValue)]
            }
            func data(_ number: fovea_tcp_flow_event) -> Data {
                Data(packets: event(number).times, bytes: event(number).amount)
            }
            func latency(_ kind: TCPLatencies.Kind) -> Latency {
                let event = events[Int(FOVEA_TCP_FLOW_LATENCIES.rawValue + kind.rawValue)]
                return Latency(samples: event.times, nanoseconds: event.amount)
            }
            retransmitted = data(FOVEA_TCP_FLOW_RETRANSMITTED)
            late = data(FOVEA_TCP_FLOW_LATE)
            unclear = data(FOVEA_TCP_FLOW_UNCLEAR)
            resets = event(FOVEA_TCP_FLOW_RESET).times
            zeroWindows = event(FOVEA_TCP_FLOW_ZERO_WINDOW).times
            clientReply = latency(.clientReply)
            serverReply = latency(.serverReply)
            serverAcknowledged = latency(.serverAcknowledged)
            roundTrip = latency(.roundTrip)
        }
    }
}
