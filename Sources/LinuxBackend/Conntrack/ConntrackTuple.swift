import CLibMNL
package import Observability

/// One direction of a tracked connection, `CTA_TUPLE_ORIG` or `CTA_TUPLE_REPLY`.
package struct ConntrackTuple: Hashable, Sendable {
    package var source = IPAddress(high: 0, low: 0)
    package var destination = IPAddress(high: 0, low: 0)
    package var protocolNumber: UInt8 = 0
    /// Host order. ICMP: the identifier.
    package var sourcePort: UInt16 = 0
    /// ICMP: type and code.
    package var destinationPort: UInt16 = 0

    package init() {}

    init(_ attribute: NetlinkWalk.Attribute) throws(NetlinkDecodingError) {
        var parts = attribute.nested
        while let part = try parts.nextAttribute() {
            switch part.type {
            case Int(CTA_TUPLE_IP.rawValue): try addAddresses(part)
            case Int(CTA_TUPLE_PROTO.rawValue): try addProtocol(part)
            default: break
            }
        }
    }

    private mutating func addAddresses(
        _ part: NetlinkWalk.Attribute
    ) throws(NetlinkDecodingError) {
        var addresses = part.nested
        while let address = try addresses.nextAttribute() {
            switch address.type {
            case Int(CTA_IP_V4_SRC.rawValue):
                source = IPAddress(v4: try address.bigEndian(UInt32.self))
            case Int(CTA_IP_V4_DST.rawValue):
                destination = IPAddress(v4: try address.bigEndian(UInt32.self))
            case Int(CTA_IP_V6_SRC.rawValue): source = try address.address6()
            case Int(CTA_IP_V6_DST.rawValue): destination = try address.address6()
            default: break
            }
        }
    }

    private mutating func addProtocol(_ part: NetlinkWalk.Attribute) throws(NetlinkDecodingError) {
        var fields = part.nested
        while let field = try fields.nextAttribute() {
            switch field.type {
            case Int(CTA_PROTO_NUM.rawValue): protocolNumber = try field.bigEndian(UInt8.self)
            case Int(CTA_PROTO_SRC_PORT.rawValue), Int(CTA_PROTO_ICMP_ID.rawValue),
                Int(CTA_PROTO_ICMPV6_ID.rawValue):
                sourcePort = try field.bigEndian(UInt16.self)
            case Int(CTA_PROTO_DST_PORT.rawValue):
                destinationPort = try field.bigEndian(UInt16.self)
            case Int(CTA_PROTO_ICMP_TYPE.rawValue), Int(CTA_PROTO_ICMPV6_TYPE.rawValue):
                destinationPort |= UInt16(try field.bigEndian(UInt8.self)) << 8
            case Int(CTA_PROTO_ICMP_CODE.rawValue), Int(CTA_PROTO_ICMPV6_CODE.rawValue):
                destinationPort |= UInt16(try field.bigEndian(UInt8.self))
            default: break
            }
        }
    }
}

extension NetlinkWalk.Attribute {
    fileprivate func address6() throws(NetlinkDecodingError) -> IPAddress {
        guard bytes.count >= 16 else {
            throw NetlinkDecodingError(
                offset: 0, problem: "an IPv6 address of \(bytes.count) bytes")
        }
        return IPAddress(
            high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
            low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }
}
