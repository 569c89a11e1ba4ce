import CLibMNL
package import MetricSchema

/// One CPU's counters of one table, from `IPCTNL_MSG_CT_GET_STATS_CPU`.
package struct ConntrackStatistics: Equatable, Sendable {
    package let cpu: Int
    /// 32-bit counters that run over; one the kernel does not have is missing.
    package private(set) var counters: [ConntrackStatistic: UInt32] = [:]

    private init(parsing payload: UnsafeRawBufferPointer) throws(NetlinkDecodingError) {
        var attributes = NetlinkWalk(try payload.after(4))
        cpu = Int(UInt16(bigEndian: payload.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
        while let attribute = try attributes.nextAttribute() {
            if let statistic = ConntrackStatistic(attribute: attribute.type) {
                counters[statistic] = try attribute.bigEndian(UInt32.self)
            }
        }
    }

    package static func all(
        in answer: [UInt8]
    ) throws(NetlinkDecodingError) -> [ConntrackStatistics] {
        var all: [ConntrackStatistics] = []
        try answer.forEachMessage { (message) throws(NetlinkDecodingError) in
            if message.type == ConntrackMessage.statisticsByCPU.type {
                all.append(try ConntrackStatistics(parsing: message.payload))
            }
        }
        return all
    }
}

extension ConntrackStatistic {
    /// From `enum ctattr_stats_cpu`; nil for those that kernels since 4.9 do not count any more.
    fileprivate init?(attribute: Int) {
        switch attribute {
        case Int(CTA_STATS_FOUND.rawValue): self = .found
        case Int(CTA_STATS_INVALID.rawValue): self = .invalid
        case Int(CTA_STATS_INSERT.rawValue): self = .insert
        case Int(CTA_STATS_INSERT_FAILED.rawValue): self = .insertFailed
        case Int(CTA_STATS_DROP.rawValue): self = .drop
        case Int(CTA_STATS_EARLY_DROP.rawValue): self = .earlyDrop
        case Int(CTA_STATS_ERROR.rawValue): self = .error
        case Int(CTA_STATS_SEARCH_RESTART.rawValue): self = .searchRestart
        case Int(CTA_STATS_CLASH_RESOLVE.rawValue): self = .clashResolve
        case Int(CTA_STATS_CHAIN_TOOLONG.rawValue): self = .chainTooLong
        default: return nil
        }
    }
}

/// A table's counters summed over CPUs and carried on where a CPU's 32 bits run over.
package struct ConntrackStatisticsTotal: Sendable {
    package private(set) var totals: [ConntrackStatistic: UInt64] = [:]
    private var last: [Int: [ConntrackStatistic: UInt32]] = [:]

    package init() {}

    /// To be called more often than a counter can run over: 2^32 packets on one CPU.
    package mutating func add(_ readings: [ConntrackStatistics]) {
        for reading in readings {
            for (statistic, value) in reading.counters {
                let before = last[reading.cpu]?[statistic] ?? 0
                totals[statistic, default: 0] += UInt64(value &- before)
            }
            last[reading.cpu] = reading.counters
        }
    }
}
