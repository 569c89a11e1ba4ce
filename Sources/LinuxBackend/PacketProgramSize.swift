import KernelABI

/// How much kernel memory the packet program takes, and how it is divided among the CPUs.
package struct PacketProgramSize: Sendable, Equatable {
    /// CPUs the kernel may ever run; each has a part of its own.
    package let cpus: Int
    /// A power of two.
    package let setsPerCPU: Int
    /// Entries in each of the two spill maps.
    package let spillEntries: Int
    /// Endpoints at the same time, the reserved number 0 included.
    package let endpoints: Int
    /// Places of the TCP connection table, a power of two; 0 where TCP is not looked at.
    package let connectionSets: Int
    /// Entries in each of the two maps of TCP flows; 0 where nothing is kept by flow.
    package let tcpFlows: Int

    package init(
        cpus: Int, cacheBytes: Int, spillEntries: Int, endpoints: Int, connections: Int = 0,
        tcpFlows: Int = 0
    ) {
        self.cpus = cpus
        self.spillEntries = spillEntries
        self.endpoints = endpoints
        var sets = 1
        while sets * 2 * Self.setBytes * cpus <= cacheBytes { sets *= 2 }
        setsPerCPU = sets
        var places = connections > 0 ? 1 : 0
        while places > 0, places * 2 * Int(FOVEA_TCP_WAYS) <= connections { places *= 2 }
        connectionSets = places
        self.tcpFlows = places > 0 ? tcpFlows : 0
    }

    package var slots: Int { cpus * setsPerCPU * Int(FOVEA_FLOW_WAYS) }

    private static let setBytes = MemoryLayout<flow_slot>.stride * Int(FOVEA_FLOW_WAYS)
}
