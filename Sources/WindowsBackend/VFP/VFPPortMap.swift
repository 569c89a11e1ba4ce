/// Which VFP port is whose. HNS tells the port of most endpoints; for the rest vfpctrl's list does, by the
/// endpoint's ID, else by its MAC address.
struct VFPPortMap {
    private var byName: [String: GUID] = [:]
    private var byMAC: [MACAddress: GUID] = [:]

    init(_ ports: [VFPPort] = []) {
        for port in ports {
            byName[port.friendlyName.lowercased()] = port.name
            if let address = port.macAddress { byMAC[address] = port.name }
        }
    }

    func port(of endpoint: HNSEndpoint) -> GUID? {
        endpoint.port ?? byName[endpoint.key] ?? endpoint.macAddress.flatMap { byMAC[$0] }
    }
}
