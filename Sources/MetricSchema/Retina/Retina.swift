/// Microsoft Retina's metrics, translated from ours. No measurement of its own: every number is one of the catalogue's.
package enum Retina {
    /// Every metric Retina has, with what it is made of here or why it is not.
    package static let rows: [RetinaRow] = [
        traffic, drops, linuxStatistics, dns, devices, conntrack, nodes, windowsStatistics,
        podTraffic, podDrops, podTCP, podDNS, apiServer, control, hubble,
    ].flatMap { $0 }

    /// The rules for an agent of that kind.
    package static func rules(on platform: Platforms, _ context: RetinaContext) -> [RetinaRule] {
        rows.filter { $0.applies(on: platform, context) }.flatMap(\.rules)
    }

    static func gauge(
        _ name: String, _ labels: [String] = [], on platforms: Platforms = .linux,
        level: MetricLevel = .node, help: String
    ) -> MetricDescriptor {
        MetricDescriptor(
            retina: "networkobservability_\(name)", .gauge, labels: labels, on: platforms,
            level: level, help: help)
    }

    static func counter(
        _ name: String, _ labels: [String] = [], on platforms: Platforms = .linux,
        level: MetricLevel = .node, help: String
    ) -> MetricDescriptor {
        MetricDescriptor(
            retina: "networkobservability_\(name)", .counter, labels: labels, on: platforms,
            level: level, help: help)
    }
}
