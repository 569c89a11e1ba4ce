import MetricSchema
import Observability

/// What the rules at endpoints' ports have counted, by the endpoint's owner; totals never go back.
///
/// A rule is its port's, and ends with it or when it is replaced. A reading adds what each grew by. The first
/// `limit` rules of an owner that count anything have series of their own, of those found together the ones that
/// drop most; the growth of all others is one sum. Rules that never matched take no memory.
struct VFPRuleLedger {
    struct Counts: Equatable {
        var matched: UInt64 = 0
        var dropped: UInt64 = 0

        // Wrapping, as counters do: a value that makes no sense must not end the process.
        static func &+ (one: Counts, other: Counts) -> Counts {
            Counts(matched: one.matched &+ other.matched, dropped: one.dropped &+ other.dropped)
        }

        static func &- (one: Counts, other: Counts) -> Counts {
            Counts(matched: one.matched &- other.matched, dropped: one.dropped &- other.dropped)
        }
    }

    private struct Port {
        var owner: Identity
        var rules: [VFPRule: Counts] = [:]
        var lastListed: ContinuousClock.Instant
    }

    private let limit: Int
    private var ports: [String: Port] = [:]
    private var totals: [Identity: [VFPRule: Counts]] = [:]

    init(limit: Int) {
        self.limit = limit
    }

    /// Takes in one reading of the port of endpoint `key`.
    mutating func add(
        _ rules: [VFPRuleCounters.Rule], of key: String, owner: Identity,
        now: ContinuousClock.Instant
    ) {
        var port = ports[key] ?? Port(owner: owner, lastListed: now)
        if port.owner != owner { move(&port, from: key, to: owner) }
        let read = Self.counts(of: rules, before: port.rules)
        let began = read.contains { rule, counts in
            guard let before = port.rules[rule] else { return false }
            return counts.matched < before.matched || counts.dropped < before.dropped
        }
        var growth: [(rule: VFPRule, counts: Counts)] = []
        for (rule, counts) in read {
            let grown = began ? counts : counts &- (port.rules[rule] ?? Counts())
            if grown != Counts() { growth.append((rule, grown)) }
        }
        growth.sort {
            ($0.counts.dropped, $0.counts.matched) > ($1.counts.dropped, $1.counts.matched)
        }
        for (rule, counts) in growth { give(counts, of: rule, to: owner) }
        port.rules = read
        port.lastListed = now
        ports[key] = port
    }

    /// The port was not read, and is there. It may have changed hands.
    mutating func keep(_ key: String, owner: Identity) {
        guard var port = ports[key], port.owner != owner else { return }
        move(&port, from: key, to: owner)
        ports[key] = port
    }

    /// What has no number to read is as it was. Rules of one name are one.
    private static func counts(
        of rules: [VFPRuleCounters.Rule], before: [VFPRule: Counts]
    ) -> [VFPRule: Counts] {
        var read: [VFPRule: Counts] = [:]
        for rule in rules {
            let label = VFPRule(layer: rule.layer, group: rule.group, rule: rule.rule)
            let known = before[label] ?? Counts()
            let counts = Counts(
                matched: rule.matchedPackets ?? known.matched,
                dropped: rule.droppedPackets ?? known.dropped)
            if counts != Counts() { read[label] = (read[label] ?? Counts()) &+ counts }
        }
        return read
    }

    private mutating func give(_ counts: Counts, of rule: VFPRule, to owner: Identity) {
        var total = totals[owner] ?? [:]
        let named = total.count - (total[.overflow] == nil ? 0 : 1)
        let place = total[rule] != nil || named < limit ? rule : .overflow
        total[place] = (total[place] ?? Counts()) &+ counts
        totals[owner] = total
    }

    /// A port that changes hands takes along what its rules counted, unless others remain with the old owner.
    private mutating func move(_ port: inout Port, from key: String, to owner: Identity) {
        let old = port.owner
        port.owner = owner
        if ports.contains(where: { $0.key != key && $0.value.owner == old }) { return }
        for (rule, counts) in totals.removeValue(forKey: old) ?? [:] {
            give(counts, of: rule, to: owner)
        }
    }

    /// Ports whose endpoints have not been listed for longer than the grace are forgotten, and their owners' totals
    /// with the last of them.
    mutating func forget(allBut listed: Set<String>, now: ContinuousClock.Instant) {
        for key in listed { ports[key]?.lastListed = now }
        ports = ports.filter { $0.value.lastListed + SeriesLifetime.grace > now }
        let remembered = Set(ports.values.map(\.owner))
        totals = totals.filter { remembered.contains($0.key) }
    }

    func write(to samples: inout SampleBuffer) {
        for (owner, rules) in totals {
            for (rule, counts) in rules {
                // What never was is no series.
                if counts.matched > 0 {
                    samples.add(
                        counts.matched, to: Catalog.podRulePackets, PodLabel(owner), rule, .matched)
                }
                if counts.dropped > 0 {
                    samples.add(
                        counts.dropped, to: Catalog.podRulePackets, PodLabel(owner), rule, .dropped)
                }
            }
        }
    }
}
