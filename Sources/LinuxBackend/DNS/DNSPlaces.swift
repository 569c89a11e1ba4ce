import KernelABI
import MetricSchema

/// The places that labels have in the program's counters: their order in the schema, which says what is
/// counted where by handing the program its tables.
extension CaseIterable
where Self: Equatable, AllCases: RandomAccessCollection, AllCases.Index == Int {
    fileprivate var order: Int { Self.allCases.firstIndex(of: self) ?? Self.allCases.endIndex }
}

extension DNSType {
    package var place: Int { order }
}

extension DNSResponseCode {
    package var place: Int { order }

    init?(place: UInt8) {
        guard Self.allCases.indices.contains(Int(place)) else { return nil }
        self = Self.allCases[Int(place)]
    }
}

extension DNSTransport {
    package var place: Int { order }
}

extension DNSRole {
    package var place: Int { order }

    init?(place: UInt8) {
        guard Self.allCases.indices.contains(Int(place)) else { return nil }
        self = Self.allCases[Int(place)]
    }
}

extension DNSDetailLoss {
    package var place: Int { order }
}

extension dns_knobs {
    init(timeout: Duration, names: Bool = false) {
        self.init()
        withUnsafeMutableBytes(of: &bounds) { bounds in
            LatencyBuckets.bounds.withUnsafeBytes { bounds.copyMemory(from: $0) }
        }
        self.timeout = UInt64(timeout / .nanoseconds(1))
        self.names = names ? 1 : 0
        other_type = UInt32(DNSType.other.place)
        no_type = UInt32(DNSType.none.place)
        other_rcode = UInt32(DNSResponseCode.other.place)
        withUnsafeMutableBytes(of: &types) { types in
            for place in types.indices { types[place] = UInt8(DNSType.other.place) }
            for type in DNSType.allCases {
                if let code = type.code { types[Int(code)] = UInt8(type.place) }
            }
        }
        withUnsafeMutableBytes(of: &rcodes) { rcodes in
            for place in rcodes.indices { rcodes[place] = UInt8(DNSResponseCode.other.place) }
            for response in DNSResponseCode.allCases {
                if let code = response.code { rcodes[Int(code)] = UInt8(response.place) }
            }
        }
    }
}
