/// The newest known record of each object. Watches may say things twice, or old things late: what is older
/// than what is held changes nothing.
package struct RecordStore<Record: KubernetesRecord>: Sendable {
    /// Elsewhere, since a table has room for more than it holds.
    fileprivate final class Held: Sendable {
        let record: Record

        init(_ record: Record) {
            self.record = record
        }
    }

    private var records: [ObjectKey: Held] = [:]

    package init() {}

    package var count: Int { records.count }

    package subscript(_ key: ObjectKey) -> Record? { records[key]?.record }

    package var all: some Sequence<Record> { records.values.lazy.map(\.record) }

    /// What a change did to one object: what was there before, and what is there now.
    package struct Effect: Sendable {
        package var before: Record? { old?.record }
        package var after: Record? { new?.record }
        private let old: Held?
        private let new: Held?

        fileprivate init(_ old: Held?, _ new: Held?) {
            self.old = old
            self.new = new
        }
    }

    package mutating func apply(_ change: ReflectedChange<Record>) -> [Effect] {
        switch change {
        case .replaced(let all):
            let now = Dictionary(all.map { ($0.key, Held($0)) }) { one, other in
                one.record.version > other.record.version ? one : other
            }
            var effects: [Effect] = []
            for (key, held) in records where now[key] == nil {
                effects.append(Effect(held, nil))
            }
            for (key, held) in now {
                effects.append(Effect(records[key], held))
            }
            records = now
            return effects
        case .set(let record):
            let before = records[record.key]
            if let old = before?.record, old.uid == record.uid, old.version > record.version {
                return []
            }
            let held = Held(record)
            records[record.key] = held
            return [Effect(before, held)]
        case .removed(let key, let uid):
            // A late word of the end of an earlier object of the same name.
            guard let before = records[key], before.record.uid == uid else { return [] }
            records[key] = nil
            return [Effect(before, nil)]
        }
    }
}
