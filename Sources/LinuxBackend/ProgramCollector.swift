import CLibBPF
package import MetricSchema
package import Observability

/// What our own programs cost the kernel, and what became of flow detail.
package struct ProgramCollector: Collector {
    package let name = CollectorName("programs")
    private let packets: LivePacketProgram?
    private let drops: LiveDropProgram?
    private let tcpSockets: LiveTCPSocketProgram?
    private let dns: LiveDNSProgram?

    package init(
        packets: LivePacketProgram?, drops: LiveDropProgram?, tcpSockets: LiveTCPSocketProgram?,
        dns: LiveDNSProgram?
    ) {
        self.packets = packets
        self.drops = drops
        self.tcpSockets = tcpSockets
        self.dns = dns
    }

    package func collect(into samples: inout SampleBuffer) throws {
        if let packets {
            try add(packets.ingress, "fovea_ingress", to: &samples)
            try add(packets.egress, "fovea_egress", to: &samples)
            let stats = packets.cacheStats
            samples.add(stats.evictions, to: Catalog.flowEvictions)
            samples.add(stats.unknown_interface, to: Catalog.unknownInterfacePackets)
        }
        if let drops { try add(drops.program.program("fovea_drop"), "fovea_drop", to: &samples) }
        if let tcpSockets {
            for name in LiveTCPSocketProgram.programs {
                try add(tcpSockets.program.program(name), name, to: &samples)
            }
        }
        // The DNS program's runs are within the packet program's, which calls it.
        let maps = [
            packets?.program.maps, drops?.program.maps, tcpSockets?.program.maps, dns?.maps,
        ].compactMap(\.self)
        for map in maps.joined() {
            if let memory = map.memory {
                samples.add(memory, to: Catalog.mapBytes, MapName(map.name))
            }
        }
    }

    private func add(_ program: Int32, _ name: String, to samples: inout SampleBuffer) throws {
        var info = bpf_prog_info()
        var size = UInt32(MemoryLayout<bpf_prog_info>.size)
        let result = bpf_obj_get_info_by_fd(program, &info, &size)
        if result != 0 { throw SystemCallError("bpf_obj_get_info_by_fd", name, code: result) }
        let label = ProgramName(name)
        samples.add(info.recursion_misses, to: Catalog.programMisses, label)
        // Noughts would be a lie while the kernel is not counting.
        guard SmallFile.text("/proc/sys/kernel/bpf_stats_enabled") == "1" else { return }
        samples.add(info.run_cnt, to: Catalog.programRuns, label)
        samples.add(Double(info.run_time_ns) * 1e-9, to: Catalog.programSeconds, label)
    }
}
