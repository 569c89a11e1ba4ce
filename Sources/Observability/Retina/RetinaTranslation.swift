package import MetricSchema
import Synchronization

/// Writes Retina's metrics beside ours, from ours. What it makes of a scrape has as many series as what it is made of,
/// or fewer.
package final class RetinaTranslation: Sendable {
    private let rules: [ObjectIdentifier: [RetinaRule]]
    private let node: String
    private let addresses: @Sendable () -> [PodName: IPAddress]
    private let earlier = Mutex<[PodName: String]>([:])

    /// `node` is this node's name, `addresses` one of each pod that is there.
    package init(
        _ context: RetinaContext, on system: System, node: String,
        addresses: @escaping @Sendable () -> [PodName: IPAddress] = { [:] }
    ) {
        let rules = Retina.rules(on: system == .linux ? .linux : .windows, context)
        self.rules = Dictionary(grouping: rules) { ObjectIdentifier($0.source) }
        self.node = node
        self.addresses = addresses
    }

    /// How many metrics of Retina's hold a series of this one.
    func copies(of metric: MetricDescriptor) -> Int { rules[ObjectIdentifier(metric)]?.count ?? 0 }

    package func translate(_ samples: borrowing SampleBuffer) -> SampleBuffer {
        let families = samples.families.filter { !$0.values.isEmpty }
        let present = Set(families.map { ObjectIdentifier($0.descriptor) })
        let addresses = addresses()
        var names = RetinaNames(node: node, earlier: earlier.withLock { $0 }) {
            addresses[$0]?.description
        }
        var order: [MetricDescriptor] = []
        var totals: [ObjectIdentifier: [[UInt8]: SampleAmount]] = [:]
        for family in families {
            let rules = (rules[ObjectIdentifier(family.descriptor)] ?? []).filter { rule in
                rule.alternative.map { !present.contains(ObjectIdentifier($0)) } ?? true
            }
            if rules.isEmpty { continue }
            for rule in rules where totals[ObjectIdentifier(rule.target)] == nil {
                totals[ObjectIdentifier(rule.target)] = [:]
                order.append(rule.target)
            }
            for (labels, amount) in family.keyed {
                let series = SeriesLabels(labels)
                for rule in rules {
                    if rule.omitsNought, amount.size == 0 { continue }
                    guard let key = rule.labels(of: series, &names) else { continue }
                    let target = ObjectIdentifier(rule.target)
                    let before = totals[target]?[key]
                    totals[target]?[key] = amount.divided(by: rule.divisor).adding(before)
                }
            }
        }
        earlier.withLock { [names] in $0 = names.addresses }
        var result = SampleBuffer()
        for target in order {
            var family = SampleFamily(target)
            for (key, amount) in totals[ObjectIdentifier(target)] ?? [:] {
                family.add(amount, labels: key)
            }
            result.add(family)
        }
        return result
    }
}

extension SampleAmount {
    /// In a larger unit; what is counted in the smaller one is a multiple of it.
    fileprivate func divided(by divisor: UInt64) -> SampleAmount {
        if divisor == 1 { return self }
        return switch self {
        case .count(let count): .count(count / divisor)
        case .number(let number): .number(number / Double(divisor))
        case .histogram: self
        }
    }
}
