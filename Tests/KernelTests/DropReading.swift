import MetricSchema

extension Direction {
    var text: String { "direction=\"\(self)\"" }
}

/// What the drop tests read, and the datagrams they send.
extension Lab {
    func pod(_ place: Int) -> String { "pod=\"\(hosts[place])\"" }

    /// Drops of all the lab's endpoints, whatever the reason: what must be nothing more than was dropped. Apart
    /// from IPv6's reports of multicast groups, which come when a link changes: nobody wants them, or a host's
    /// link without IPv6 refuses them.
    func allDrops(_ reading: Reading) -> UInt64 {
        hosts.indices.reduce(0) { sum, host in
            let chatter = ["not_specified:ip6_mc_input", "ipv6disabled"].map {
                reading.sum(Catalog.podDropPackets.descriptor, pod(host), "reason=\"\($0)\"")
            }
            return sum + reading.sum(Catalog.podDropPackets.descriptor, pod(host))
                - chatter.reduce(0, +)
        }
    }

    func dropRows(_ reading: Reading) -> [String] {
        (reading.rows(Catalog.podDropPackets.descriptor)
            + reading.rows(Catalog.podNetfilterDrops.descriptor)
            + reading.rows(Catalog.nodeDropPackets.descriptor)).map { "\($0.labels) \($0.value)" }
    }

    /// Datagrams of one byte to port 9000; the sender does not mind being refused.
    func datagrams(from sender: Int, to receiver: Int, six: Bool = false, count: UInt64) throws {
        try datagrams(
            from: sender, to: six ? address6(receiver) : address(receiver), count: count)
    }

    func datagrams(from sender: Int, to address: String, count: UInt64) throws {
        try inside(sender, "bash", "-c", Self.script(to: address, count: count))
    }

    static func script(to address: String, count: UInt64) -> String {
        "for i in $(seq \(count)); do echo -n x >/dev/udp/\(address)/9000; done 2>/dev/null; true"
    }
}
