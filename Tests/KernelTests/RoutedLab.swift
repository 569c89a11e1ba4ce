extension Lab {
    /// An endpoint's address once the host routes.
    func routedAddress(_ place: Int) -> String { "10.78.\(place).2" }

    /// The host's own address on an endpoint's link, once it routes.
    func gateway(_ place: Int) -> String { "10.78.\(place).1" }

    /// Takes the links off the bridge; the host routes between them from now on.
    func route() throws {
        for place in hosts.indices {
            let link = link(place)
            try Lab.run("ip", "link", "set", link, "nomaster")
            try Lab.run("ip", "addr", "add", gateway(place) + "/24", "dev", link)
            try Lab.run("sysctl", "-qw", "net.ipv4.conf.\(link).forwarding=1")
            try Lab.run(
                "ip", "neigh", "replace", routedAddress(place), "lladdr", mac(place), "dev", link,
                "nud", "permanent")
            try inside(place, "ip", "addr", "add", routedAddress(place) + "/24", "dev", "eth0")
            try inside(place, "ip", "route", "add", "10.78.0.0/16", "via", gateway(place))
            try inside(
                place, "ip", "neigh", "replace", gateway(place), "lladdr", try Self.mac(of: link),
                "dev", "eth0", "nud", "permanent")
        }
    }

    /// A device's own Ethernet address.
    static func mac(of device: String) throws -> String {
        String(try run("cat", "/sys/class/net/\(device)/address").dropLast())
    }
}
