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

    /// By the key that its record has anyway: a table of keys would hold them once more.
    private enum Entry: Hashable, Sendable {
        final class Wanted: Sendable {
            let key: ObjectKey

            init(_ key: ObjectKey) { self.key = key }
        }

        case held(Held)
        /// In no table: what is looked for.
        case wanted(Wanted)

        private var key: ObjectKey {
            switch self {
            case .held(let held): held.record.key
            case .wanted(let wanted): wanted.key
            }
        }

        static func == (one: Entry, other: Entry) -> Bool { one.key == other.key }
        func hash(into hasher: inout Hasher) { hasher.combine(key) }
    }

    private var records: Set<Entry> = []

    package init() {}

    package var count: Int { records.count }

    package subscript(_ key: ObjectKey) -> Record? { held(key)?.record }

    package var all: some Sequence<Record> { records.lazy.compactMap { Self.held($0)?.record } }

    private func held(_ key: ObjectKey) -> Held? {
        records.firstIndex(of: .wanted(.init(key))).flatMap { Self.held(records[$0]) }
    }

    private static func held(_ entry: Entry) -> Held? {
        if case .held(let held) = entry { held } else { nil }
    }

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
            var now = RecordStore()
            for record in all where (now[record.key]?.version ?? 0) <= record.version {
                now.records.update(with: .held(Held(record)))
            }
            var effects: [Effect] = []
            for held in records.lazy.compactMap(Self.held) where now.held(held.record.key) == nil {
                effects.append(Effect(held, nil))
            }
            for new in now.records.lazy.compactMap(Self.held) {
                effects.append(Effect(held(new.record.key), new))
            }
            self = now
            return effects
        case .set(let record):
            let before = held(record.key)
            if let old = before?.record, old.uid == record.uid, old.version > record.version {
                return []
            }
            let new = Held(record)
            records.update(with: .held(new))
            return [Effect(before, new)]
        case .removed(let key, let uid):
            // A late word of the end of an earlier object of the same name.
            guard let before = held(key), before.record.uid == uid else { return [] }
            records.remove(.wanted(.init(key)))
            return [Effect(before, nil)]
        }
    }
}
