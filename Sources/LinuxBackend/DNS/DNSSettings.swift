import KernelABI

/// What DNS counting can be told.
package struct DNSSettings: Sendable, Equatable {
    package var enabled = true
    /// UDP and TCP, as source or as destination; at most `FOVEA_DNS_PORTS`.
    package var ports: [UInt16] = [53, 5353]
    /// Seconds after which a query counts as unanswered.
    package var timeout = 5
    /// Queries that can wait for their answers at the same time; 0.1 kB of kernel memory each.
    package var pendingQueries = 16_384
    /// Ways of TCP connections that can be followed at the same time.
    package var streams = 4_096
    /// Count by name too.
    package var names = false
    /// Names with series of their own, for each endpoint and role.
    package var topNames = 20
    /// Names on their way from the program to the agent; a power of two, and whole pages.
    package var nameBufferBytes = 1 << 20

    package init() {}
}

extension packet_knobs {
    /// Ports beyond the most there can be are left out.
    mutating func handOver(dnsPorts: [UInt16]) {
        withUnsafeMutableBytes(of: &dns_ports) { places in
            for (place, port) in zip(places.bindMemory(to: UInt16.self).indices, dnsPorts) {
                places.storeBytes(of: port, toByteOffset: place * 2, as: UInt16.self)
            }
        }
        dns_filter = dnsPorts.prefix(FOVEA_DNS_PORTS)
            .reduce(0) { $0 | 1 << UInt64($1 & 63) }
    }
}
