/// The newest known record of each object. Watches may say things twice, or old things late: what is older
/// than what is held changes nothing.
package struct RecordStore<Record: KubernetesRecord>: Sendable {
    package private(set) var records: [ObjectKey: Record] = [:]

    package init() {}

    /// What a change did to one object: what was there before, and what is there now.
    package struct Effect: Sendable {
        package let before: Record?
        package let after: Record?
    }

    package mutating func apply(_ change: ReflectedChange<Record>) -> [Effect] {
        switch change {
        case .replaced(let all):
            let now = Dictionary(all.map { ($0.key, $0) }, uniquingKeysWith: Self.newer)
            var effects: [Effect] = []
            for (key, record) in records where now[key] == nil {
                effects.append(Effect(before: record, after: nil))
            }
            for (key, record) in now {
                effects.append(Effect(before: records[key], after: record))
            }
            records = now
            return effects
        case .set(let record):
            let before = records[record.key]
            if let before, before.uid == record.uid, before.version > record.version { return [] }
            records[record.key] = record
            return [Effect(before: before, after: record)]
        case .removed(let key, let uid):
            // A late word of the end of an earlier object of the same name.
            guard let before = records[key], before.uid == uid else { return [] }
            records[key] = nil
            return [Effect(before: before, after: nil)]
        }
    }

    private static func newer(_ one: Record, _ other: Record) -> Record {
        one.version > other.version ? one : other
    }
}
