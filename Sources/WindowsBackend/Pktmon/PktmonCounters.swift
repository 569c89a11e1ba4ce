/// What `pktmon counters --json` prints: groups (a NIC, a switch) of components with what each has counted
/// since counting began. Components of one group see the same packets, so they are never added up but
/// for drops, of which each is in one place. `pktmon list --json` prints the components in the same form, without
/// counters.
package struct PktmonCounters: Equatable, Sendable {
    package struct Component: Equatable, Sendable {
        package let group: String
        package let name: String
        /// `Miniport`, `Filter`, `Protocol` and the like.
        package let type: String
        package let id: UInt64
        /// Some are known by two.
        package let secondaryID: UInt64?
        package let counters: [Counter]
    }

    package struct Counter: Equatable, Sendable {
        /// The edge at which it counts: `Upper`, `Lower`.
        package let edge: String
        package let isDrop: Bool
        package let packetsIn: UInt64?
        package let packetsOut: UInt64?
        package let bytesIn: UInt64?
        package let bytesOut: UInt64?
        /// Of the last packet it dropped.
        package let dropReason: PktmonDropReason?
    }

    package private(set) var components: [Component] = []
    package private(set) var unreadable = UnreadableValues()

    /// Fails where the text is no JSON, as on systems whose pktmon cannot write it.
    package init(parsing bytes: [UInt8]) throws(JSONError) {
        let document = try JSONValue(parsing: bytes)
        guard case .array(let groups) = document else {
            throw JSONError(problem: "pktmon's counters are no array", offset: 0)
        }
        for group in groups {
            guard let group = SparseObject(group) else {
                unreadable.note("a group")
                continue
            }
            let name = group.string("Group", "Name", noting: &unreadable) ?? ""
            for component in group.objects("Components", noting: &unreadable) {
                guard let id = component.count("Id", noting: &unreadable) else {
                    unreadable.note("a component without Id")
                    continue
                }
                components.append(
                    Component(
                        group: name, name: component.string("Name", noting: &unreadable) ?? "",
                        type: component.string("Type", noting: &unreadable) ?? "", id: id,
                        secondaryID: component.count("SecondaryId", noting: &unreadable),
                        counters: component.objects("Counters", noting: &unreadable).map {
                            Self.counter($0, &unreadable)
                        }))
            }
        }
    }

    private static func counter(
        _ object: SparseObject, _ unreadable: inout UnreadableValues
    ) -> Counter {
        let inbound = object.object("Inbound", noting: &unreadable)
        let outbound = object.object("Outbound", noting: &unreadable)
        let type = object.string("Type", noting: &unreadable) ?? ""
        return Counter(
            edge: object.string("Name", noting: &unreadable) ?? "",
            isDrop: type.isEqual(ignoringCaseOf: "Drop"),
            packetsIn: inbound?.count("Packets", noting: &unreadable),
            packetsOut: outbound?.count("Packets", noting: &unreadable),
            bytesIn: inbound?.count("Bytes", noting: &unreadable),
            bytesOut: outbound?.count("Bytes", noting: &unreadable),
            dropReason: reason(object.value["DropReason"], &unreadable))
    }

    /// A number or its English name.
    private static func reason(
        _ value: JSONValue?, _ unreadable: inout UnreadableValues
    ) -> PktmonDropReason? {
        switch value {
        case .count(let id):
            if let id = UInt32(exactly: id) { return PktmonDropReason(rawValue: id) }
        case .string(let text):
            if let id = UInt32(text) { return PktmonDropReason(rawValue: id) }
            if let reason = PktmonDropReason(name: text) { return reason }
            if text.isEmpty { return nil }
        case nil: return nil
        default: break
        }
        unreadable.note("DropReason")
        return nil
    }
}
