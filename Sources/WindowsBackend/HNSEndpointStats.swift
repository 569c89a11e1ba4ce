import MetricSchema

/// What an endpoint's port has counted since it was made (HNSEndpointStats in microsoft/hcsshim,
/// internal/hns/hnsendpoint.go). Directions are the endpoint's own: what it received is ingress.
package struct HNSEndpointStats: Equatable, Sendable {
    package struct Amount: Equatable, Sendable {
        package var packets: UInt64 = 0
        package var bytes: UInt64 = 0
        package var drops: UInt64 = 0

        package init(packets: UInt64 = 0, bytes: UInt64 = 0, drops: UInt64 = 0) {
            self.packets = packets
            self.bytes = bytes
            self.drops = drops
        }
    }

    package var ingress = Amount()
    package var egress = Amount()

    init() {}

    /// `Output` of `GET /endpointstats/<id>`. A counter that is missing is zero, as everywhere in
    /// HNS, but an object without any member of statistics is something else.
    package init(parsing fields: HNSFields) throws(HNSError) {
        let counters = [
            "PacketsReceived", "BytesReceived", "DroppedPacketsIncoming",
            "PacketsSent", "BytesSent", "DroppedPacketsOutgoing",
        ]
        guard (counters + ["EndpointId"]).contains(where: { fields.value?[$0] != nil }) else {
            throw fields.malformed("no statistics of an endpoint")
        }
        ingress.packets = try fields.count("PacketsReceived") ?? 0
        ingress.bytes = try fields.count("BytesReceived") ?? 0
        ingress.drops = try fields.count("DroppedPacketsIncoming") ?? 0
        egress.packets = try fields.count("PacketsSent") ?? 0
        egress.bytes = try fields.count("BytesSent") ?? 0
        egress.drops = try fields.count("DroppedPacketsOutgoing") ?? 0
    }

    subscript(_ direction: Direction) -> Amount {
        switch direction {
        case .ingress: ingress
        case .egress: egress
        }
    }

    /// What came on top of an earlier reading. A counter that went down began again, and all of
    /// them with it.
    func growth(since earlier: HNSEndpointStats) -> HNSEndpointStats {
        guard ingress.isReached(from: earlier.ingress), egress.isReached(from: earlier.egress)
        else {
            return self
        }
        var growth = self
        growth.ingress -= earlier.ingress
        growth.egress -= earlier.egress
        return growth
    }

    static func += (total: inout HNSEndpointStats, more: HNSEndpointStats) {
        total.ingress += more.ingress
        total.egress += more.egress
    }
}

extension HNSEndpointStats.Amount {
    fileprivate func isReached(from earlier: Self) -> Bool {
        packets >= earlier.packets && bytes >= earlier.bytes && drops >= earlier.drops
    }

    // Wrapping, as counters do: a value that makes no sense must not end the process.

    fileprivate static func += (total: inout Self, more: Self) {
        total.packets &+= more.packets
        total.bytes &+= more.bytes
        total.drops &+= more.drops
    }

    fileprivate static func -= (total: inout Self, less: Self) {
        total.packets &-= less.packets
        total.bytes &-= less.bytes
        total.drops &-= less.drops
    }
}
