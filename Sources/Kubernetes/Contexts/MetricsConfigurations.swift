import Observability

/// All MetricsConfigurations of a cluster: which is in force, and what is to be said of each.
///
/// The newest one counts that is right. One that is changed for the worse stays as it was before.
struct MetricsConfigurations {
    private struct Good {
        let generation: Int
        let configuration: MetricsConfiguration
        let spec: DocumentNode
    }

    private var records = RecordStore<MetricsConfigurationRecord>()
    /// By uid.
    private var good: [ObjectUID: Good] = [:]
    private var problems: [ObjectUID: InvalidDocument] = [:]

    /// The one that all metrics go by; nil where there is none.
    private(set) var inForce: MetricsConfiguration?
    private var leader: MetricsConfigurationRecord?
    /// Whether the newest is what is in force; nil without any.
    var isNewestAccepted: Bool? { newest.map { problems[$0.uid] == nil } }
    var newestProblems: InvalidDocument? { newest.flatMap { problems[$0.uid] } }
    var newestName: String? { newest?.key.name }
    private var newest: MetricsConfigurationRecord?

    mutating func apply(_ change: ReflectedChange<MetricsConfigurationRecord>) {
        for effect in records.apply(change) {
            if let before = effect.before, effect.after?.uid != before.uid {
                good[before.uid] = nil
                problems[before.uid] = nil
            }
            if let record = effect.after { read(record) }
        }
        let ordered = records.all.sorted {
            ($0.created, $0.key.name) > ($1.created, $1.key.name)
        }
        newest = ordered.first
        leader = ordered.first { good[$0.uid] != nil }
        inForce = leader.flatMap { good[$0.uid]?.configuration }
    }

    private mutating func read(_ record: MetricsConfigurationRecord) {
        do {
            let configuration = try MetricsConfiguration(spec: record.spec)
            good[record.uid] = Good(
                generation: record.generation, configuration: configuration, spec: record.spec)
            problems[record.uid] = nil
        } catch {
            problems[record.uid] = error
            if good[record.uid] == nil, let last = record.status.lastGood,
                let configuration = try? MetricsConfiguration(spec: last.spec)
            {
                good[record.uid] = Good(
                    generation: last.generation, configuration: configuration, spec: last.spec)
            }
        }
    }

    // MARK: What is said of them

    struct Update {
        let name: String
        let version: UInt64
        let status: MetricsConfigurationRecord.Status
    }

    /// What has to be written; nothing where somebody did already.
    func updates(at time: String) -> [Update] {
        records.all.compactMap { record in
            let wanted = condition(of: record, at: time)
            let said = record.status.conditions?.first { $0.type == wanted.type }
            if let said, said.observedGeneration == record.generation {
                // An agent of another version may find fault where this one does not. It has the last word, so that two
                // never take turns.
                if said.status == "False", wanted.status == "True" { return nil }
                if (said.status, said.reason, said.message)
                    == (wanted.status, wanted.reason, wanted.message)
                {
                    return nil
                }
            }
            if let said, said.observedGeneration > record.generation { return nil }
            var condition = wanted
            if let said, said.status == wanted.status {
                condition.lastTransitionTime = said.lastTransitionTime
            }
            var status = MetricsConfigurationRecord.Status(
                observedGeneration: record.generation, conditions: [condition])
            if problems[record.uid] == nil, let good = good[record.uid] {
                status.lastGood = .init(generation: good.generation, spec: good.spec)
            }
            return Update(name: record.key.name, version: record.version, status: status)
        }
    }

    private func condition(of record: MetricsConfigurationRecord, at time: String)
        -> MetricsConfigurationRecord.Status.Condition
    {
        let (status, reason, message): (String, String, String)
        if let problems = problems[record.uid] {
            let stays =
                good[record.uid].map { "; generation \($0.generation) stays in force" } ?? ""
            (status, reason, message) =
                ("False", "Invalid", "\(problems)".prefix(2_000) + stays)
        } else if let leader, leader.uid != record.uid {
            (status, reason, message) = ("True", "Superseded", "\(leader.key.name) is newer")
        } else {
            let count = good[record.uid]?.configuration.contexts.count ?? 0
            (status, reason, message) = ("True", "InForce", "contexts: \(count)")
        }
        return .init(
            type: "Accepted", status: status, reason: reason, message: message,
            observedGeneration: record.generation, lastTransitionTime: time)
    }
}
