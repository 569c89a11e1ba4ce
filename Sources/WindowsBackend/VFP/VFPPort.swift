/// A port of a virtual switch, as `vfpctrl /list-vmswitch-port` lists it.
package struct VFPPort: Equatable, Sendable {
    /// What `/port` takes.
    package let name: GUID
    /// `ExternalPort`, `Container NIC 8453379c` of the host, an endpoint's ID for a pod.
    package let friendlyName: String
    package let macAddress: MACAddress?
}

/// All ports of all switches.
package struct VFPPortList: Equatable, Sendable {
    package private(set) var ports: [VFPPort] = []
    package private(set) var unreadable = UnreadableValues()

    /// Text of any layout, or JSON of `/format 1`. Fails where no port is in it: a node has one at least,
    /// the switch's own uplink.
    package init(parsing bytes: [UInt8]) throws(VFPError) {
        if bytes.isJSON {
            try read(json: bytes)
        } else {
            read(text: bytes)
        }
        if ports.isEmpty { throw VFPError(unexpected: bytes, in: "list of ports") }
    }

    private mutating func read(text bytes: [UInt8]) {
        var name: GUID?
        var friendlyName = ""
        var macAddress: MACAddress?
        func finished() -> VFPPort? {
            name.map { VFPPort(name: $0, friendlyName: friendlyName, macAddress: macAddress) }
        }
        for line in VFPText(bytes).lines {
            // Each item begins with its name; blank lines are not in all layouts.
            if line.key.isEqual(ignoringCaseOf: "Portname") {
                if let port = finished() { ports.append(port) }
                name = GUID(line.value)
                if name == nil { unreadable.note("Port name") }
                friendlyName = ""
                macAddress = nil
            } else if line.key.isEqual(ignoringCaseOf: "PortFriendlyname") {
                friendlyName = line.value
            } else if line.key.isEqual(ignoringCaseOf: "MACaddress") {
                macAddress = MACAddress(line.value)
            }
        }
        if let port = finished() { ports.append(port) }
    }

    private mutating func read(json bytes: [UInt8]) throws(VFPError) {
        guard let document = try? JSONValue(parsing: bytes), let object = SparseObject(document)
        else { throw VFPError(unexpected: bytes, in: "list of ports") }
        ports = object.list("Ports", noting: &unreadable) { value, unreadable in
            guard let port = SparseObject(value),
                let name = port.guid("Name", noting: &unreadable)
            else { return nil }
            return VFPPort(
                name: name, friendlyName: port.string("Id", noting: &unreadable) ?? "",
                macAddress: port.string("MacAddress", noting: &unreadable).flatMap {
                    MACAddress($0)
                })
        }
    }
}
