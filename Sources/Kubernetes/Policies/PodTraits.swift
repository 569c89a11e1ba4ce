import Synchronization

/// What selectors and rules ask of a pod: its labels, and the ports it has names for. Pods of one template have the
/// same, and share one object.
package final class PodTraits: Sendable, Hashable {
    package struct NamedPort: Hashable, Sendable {
        package let name: String
        package let protocolName: String
        package let number: UInt16

        package init(name: String, protocolName: String = "TCP", number: UInt16) {
            self.name = name
            self.protocolName = protocolName
            self.number = number
        }
    }

    private struct Label: Hashable, Sendable {
        let key: String
        let value: String
    }

    /// In the order of their keys: a handful, so that looking through them is the fastest way.
    private let labels: [Label]
    package let ports: [NamedPort]

    private init(labels: [String: String], ports: [NamedPort]) {
        self.labels = labels.map(Label.init).sorted { $0.key < $1.key }
        self.ports = ports
    }

    package static func shared(
        labels: [String: String], ports: [NamedPort] = []
    ) -> PodTraits {
        let traits = PodTraits(labels: labels, ports: ports)
        return known.withLock { $0.share(traits) }
    }

    package subscript(_ key: String) -> String? { labels.first { $0.key == key }?.value }

    var all: [String: String] {
        Dictionary(labels.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    package static func == (one: PodTraits, other: PodTraits) -> Bool {
        one === other || one.labels == other.labels && one.ports == other.ports
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(labels)
        hasher.combine(ports)
    }

    // MARK: Sharing

    private static let known = Mutex(Pool())

    private struct Pool {
        private var all: Set<PodTraits> = []
        private var limit = 1024

        mutating func share(_ traits: PodTraits) -> PodTraits {
            let (isNew, shared) = all.insert(traits)
            if isNew, all.count > limit { forgetUnused() }
            return shared
        }

        private mutating func forgetUnused() {
            var held = Array(all)
            all = []
            for place in held.indices where !isKnownUniquelyReferenced(&held[place]) {
                all.insert(held[place])
            }
            limit = max(1024, 2 * all.count)
        }
    }
}
