import MetricSchema

/// What an endpoint's port has counted since it was made (HNSEndpointStats in microsoft/hcsshim,
/// internal/hns/hnsendpoint.go). Directions are the endpoint's own: what it received is ingress.
package enum HNSCounter: Int, CaseIterable, Sendable {
    case packetsReceived, bytesReceived, droppedIncoming
    case packetsSent, bytesSent, droppedOutgoing

    fileprivate var name: String {
        switch self {
        case .packetsReceived: "PacketsReceived"
        case .bytesReceived: "BytesReceived"
        case .droppedIncoming: "DroppedPacketsIncoming"
        case .packetsSent: "PacketsSent"
        case .bytesSent: "BytesSent"
        case .droppedOutgoing: "DroppedPacketsOutgoing"
        }
    }

    static func packets(_ direction: Direction) -> HNSCounter {
        direction == .ingress ? .packetsReceived : .packetsSent
    }
    static func bytes(_ direction: Direction) -> HNSCounter {
        direction == .ingress ? .bytesReceived : .bytesSent
    }
    static func drops(_ direction: Direction) -> HNSCounter {
        direction == .ingress ? .droppedIncoming : .droppedOutgoing
    }
}

extension CounterRow<HNSCounter> {
    /// `Output` of `GET /endpointstats/<id>`. A counter that is missing is zero, as everywhere in HNS, but an
    /// object without any member of statistics is something else.
    package init(
        parsing fields: HNSFields, noting unreadable: inout UnreadableValues
    ) throws(HNSError) {
        let names = HNSCounter.allCases.map(\.name) + ["EndpointId"]
        guard let object = SparseObject(fields.value),
            names.contains(where: { object.value[$0] != nil })
        else { throw fields.malformed("no statistics of an endpoint") }
        self.init()
        for counter in HNSCounter.allCases {
            if object.value[counter.name] == nil {
                self[counter] = 0
            } else {
                self[counter] = object.count(counter.name, noting: &unreadable)
            }
        }
    }
}
