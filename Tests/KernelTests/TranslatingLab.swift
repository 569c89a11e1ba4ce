extension Lab {
    /// A service whose address a router (1) turns into a server's (2), and the client into itself, for those who ask
    /// from the first endpoint: what kube-proxy's rules do. Port 80 is the server's 7001.
    func makeService(six: Bool = false) throws -> String {
        let service = six ? "fd96::1" : "10.96.0.1"
        let (router, server) =
            six ? (address6(1), address6(2)) : (address(1), address(2))
        let family = six ? "ip6" : "ip"
        try inside(
            1, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1",
            "net.ipv4.conf.all.send_redirects=0", "net.ipv4.conf.eth0.send_redirects=0")
        try inside(1, "nft", "add table \(family) fv")
        try inside(
            1, "nft",
            "add chain \(family) fv pre { type nat hook prerouting priority -100; }")
        try inside(
            1, "nft",
            "add chain \(family) fv post { type nat hook postrouting priority 100; }")
        let target = six ? "[\(server)]:7001" : "\(server):7001"
        try inside(
            1, "nft",
            "add rule \(family) fv pre \(family) daddr \(service) tcp dport 80 dnat to \(target)"
        )
        try inside(1, "nft", "add rule \(family) fv post masquerade")
        try inside(0, "ip", "route", "add", service, "via", router)
        try serve(2, "tcp-serve", "--port", "7001", "--request", "64", "--reply", "64")
        return service
    }
}
