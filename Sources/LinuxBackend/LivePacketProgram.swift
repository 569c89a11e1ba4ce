import CLibBPF
import Glibc
package import KernelABI
package import MetricSchema

/// The packet program in the kernel: which interface is which endpoint, and the counters.
package final class LivePacketProgram: Sendable {
    package let size: PacketProgramSize
    package let program: LiveBPFProgram
    package let ingress: Int32
    package let egress: Int32
    /// Packets to and from these go on to the DNS program, once there is one in `handlers`.
    package let dnsPorts: [UInt16]
    let counters: MappedArray<endpoint_counters>
    let stats: MappedArray<flow_cache_stats>
    /// Nil where TCP is not looked at.
    package let tcp: LiveTCPTable?
    private let interfaces: BPFMap
    private let moreInterfaces: BPFMap

    /// `spread` and `inOrder` are for benchmarks only: see `packet_knobs`.
    package init(
        size: PacketProgramSize, seed: UInt64 = .random(in: 0 ... .max), spread: UInt32 = 0,
        inOrder: Bool = false, watching: WatchedPeers = .none,
        dnsPorts: [UInt16] = []
    ) throws {
        self.size = size
        self.dnsPorts = dnsPorts
        program = try LiveBPFProgram(.packets) { object in
            try object.resize(
                "endpoints", to: size.cpus * size.endpoints * Int(FOVEA_DIRECTIONS.rawValue))
            try object.resize("flow_cache", to: size.cpus * size.setsPerCPU)
            try object.resize("cache_stats", to: size.cpus)
            try object.resize("spill_a", to: size.spillEntries)
            try object.resize("spill_b", to: size.spillEntries)
            try LiveTCPTable.prepare(object, size, watching: watching)
            var knobs = packet_knobs()
            knobs.hash_seed = seed
            knobs.sets_per_cpu = UInt32(size.setsPerCPU)
            knobs.endpoints = UInt32(size.endpoints)
            knobs.spread = spread
            knobs.tcp = LiveTCPTable.knobs(size, inOrder: inOrder, watching: watching)
            knobs.handOver(dnsPorts: dnsPorts)
            try object.set(knobs)
        }
        ingress = try program.program("fovea_ingress")
        egress = try program.program("fovea_egress")
        counters = try MappedArray(
            program.map("endpoints"),
            count: size.cpus * size.endpoints * Int(FOVEA_DIRECTIONS.rawValue))
        stats = try MappedArray(program.map("cache_stats"), count: size.cpus)
        tcp =
            size.connectionSets > 0
            ? try LiveTCPTable(program, size: size, watching: watching) : nil
        interfaces = try program.map("interfaces")
        moreInterfaces = try program.map("more_interfaces")
    }

    /// Says which endpoint an interface belongs to; to be called before the program is attached to it.
    package func set(_ ifindex: UInt32, endpoint: UInt16, marks: InterfaceMarks) throws {
        let entry = interface_entry(ifindex: ifindex, endpoint: endpoint, marks: marks.rawValue)
        try moreInterfaces.set(ifindex, to: entry)
        try interfaces.set(ifindex % UInt32(FOVEA_INTERFACE_TABLE), to: entry)
    }

    /// To be called after the program was detached from the interface.
    package func forget(_ ifindex: UInt32) throws {
        let place = ifindex % UInt32(FOVEA_INTERFACE_TABLE)
        var entry = interface_entry()
        var key = place
        if bpf_map_lookup_elem(interfaces.descriptor, &key, &entry) == 0, entry.ifindex == ifindex {
            try interfaces.set(place, to: interface_entry())
        }
        try moreInterfaces.remove(ifindex)
    }

    /// One endpoint's counters, all CPUs together.
    package func totals(of endpoint: UInt16, _ direction: Direction) -> EndpointTotals {
        var total = EndpointTotals()
        for cpu in 0..<size.cpus {
            total += EndpointTotals(counters[place(endpoint, direction, cpu)])
        }
        return total
    }

    /// Starts an endpoint's counters from nothing; no program may be counting for it.
    package func reset(_ endpoint: UInt16) throws {
        for direction in Direction.allCases {
            for cpu in 0..<size.cpus {
                counters.elements[place(endpoint, direction, cpu)] = endpoint_counters()
            }
        }
        try tcp?.reset(endpoint)
    }

    package var cacheStats: flow_cache_stats {
        var total = flow_cache_stats()
        for cpu in 0..<size.cpus {
            let one = stats[cpu]
            total.evictions += one.evictions
            total.spilled_flows += one.spilled_flows
            total.spill_full += one.spill_full
            total.unknown_interface += one.unknown_interface
        }
        return total
    }

    private func place(_ endpoint: UInt16, _ direction: Direction, _ cpu: Int) -> Int {
        (cpu * size.endpoints + Int(endpoint)) * Int(FOVEA_DIRECTIONS.rawValue) + direction.number
    }
}

/// `fovea_interface_mark`.
package struct InterfaceMarks: OptionSet, Sendable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }
    package static let hostSide = InterfaceMarks(
        rawValue: UInt16(FOVEA_INTERFACE_HOST_SIDE.rawValue))
    package static let layer3 = InterfaceMarks(rawValue: UInt16(FOVEA_INTERFACE_L3.rawValue))
}

extension LivePacketProgram {
    /// The program with as much of what is wanted as this kernel takes, and why it took no more. Its verifier has the
    /// say of whether TCP can be followed; some machines' kernels refuse the call of the DNS program. Packets are
    /// counted without either.
    package static func richest(
        _ settings: LinuxSettings, watching: WatchedPeers, cpus: Int
    ) throws -> (program: LivePacketProgram, refusal: (any Error)?) {
        let ports = settings.dns.enabled ? settings.dns.ports : []
        var choices = [(tcp: settings.tcp, ports: ports)]
        if settings.tcp, !ports.isEmpty { choices += [(true, []), (false, ports)] }
        if settings.tcp || !ports.isEmpty { choices.append((false, [])) }
        var refusal: (any Error)?
        for choice in choices {
            let size = PacketProgramSize(
                cpus: cpus, cacheBytes: settings.flowCacheBytes,
                spillEntries: settings.spillEntries, endpoints: settings.endpoints,
                connections: choice.tcp ? settings.tcpConnections : 0,
                tcpFlows: settings.tcpFlows)
            do {
                let program = try LivePacketProgram(
                    size: size, watching: watching, dnsPorts: choice.ports)
                return (program, refusal)
            } catch {
                refusal = refusal ?? error
            }
        }
        throw refusal ?? SystemCallError("bpf_object__load", "packets", code: ENOENT)
    }
}
