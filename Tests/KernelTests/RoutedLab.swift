import Glibc

extension Lab {
    /// An endpoint's address once the host routes.
    func routedAddress(_ place: Int, six: Bool = false) -> String {
        six ? "fd78:0:0:\(place)::2" : "10.78.\(place).2"
    }

    /// The host's own address on an endpoint's link, once it routes.
    func gateway(_ place: Int, six: Bool = false) -> String {
        six ? "fd78:0:0:\(place)::1" : "10.78.\(place).1"
    }

    private static let forceForwarding = "/proc/sys/net/ipv6/conf/default/force_forwarding"

    /// IPv6 is forwarded by one link alone since Linux 6.17. Before, all would have to do so, and the machine the tests
    /// run on would be changed.
    static let routesIPv6 = access(forceForwarding, F_OK) == 0

    /// Takes the links off the bridge; the host routes between them from now on.
    func route(six: Bool = false) throws {
        for place in hosts.indices {
            let link = link(place)
            try Lab.run("ip", "link", "set", link, "nomaster")
            let length = six ? "64" : "24"
            let prefix = ["ip"] + (six ? ["-6"] : [])
            if six {
                try Self.allowIPv6(on: link, forwarding: true)
            } else {
                try Lab.run("sysctl", "-qw", "net.ipv4.conf.\(link).forwarding=1")
            }
            let noDAD = six ? ["nodad"] : []
            try Lab.run(
                prefix + ["addr", "add", "\(gateway(place, six: six))/\(length)", "dev", link]
                    + noDAD)
            try Lab.run(
                prefix + [
                    "neigh", "replace", routedAddress(place, six: six), "lladdr", mac(place),
                    "dev", link, "nud", "permanent",
                ])
            try inside(
                place,
                prefix + ["addr", "add", "\(routedAddress(place, six: six))/\(length)"]
                    + ["dev", "eth0"] + noDAD)
            let everybody = six ? "fd78::/32" : "10.78.0.0/16"
            try inside(
                place, prefix + ["route", "add", everybody, "via", gateway(place, six: six)])
            try inside(
                place,
                prefix + [
                    "neigh", "replace", gateway(place, six: six), "lladdr",
                    try Self.mac(of: link), "dev", "eth0", "nud", "permanent",
                ])
        }
    }

    /// Without multicast chatter, as inside.
    static func allowIPv6(on link: String, forwarding: Bool = false) throws {
        let settings = [
            "mldv2_unsolicited_report_interval=86400000",
            "mldv1_unsolicited_report_interval=86400000", "addr_gen_mode=1", "accept_ra=0",
            "router_solicitations=0", "dad_transmits=0", "disable_ipv6=0",
        ]
        try run(
            ["sysctl", "-qw"]
                + (settings + (forwarding ? ["force_forwarding=1"] : []))
                .map { "net.ipv6.conf.\(link).\($0)" })
    }

    /// A device's own Ethernet address.
    static func mac(of device: String) throws -> String {
        String(try run("cat", "/sys/class/net/\(device)/address").dropLast())
    }
}
