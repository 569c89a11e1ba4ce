import MetricSchema

/// What the components are called whose numbers the packet monitor's stream gives, out of pktmon's list of them. It is
/// asked for when a number comes up that has no name, and not again within `patience`: components come and go with
/// adapters.
struct PktmonComponentNames {
    private static let patience: Duration = .seconds(60)

    private var names: [UInt64: (group: String, name: String)] = [:]
    private var asked: ContinuousClock.Instant?

    /// Whether pktmon should be asked.
    func wants(_ components: some Sequence<UInt64>, at now: ContinuousClock.Instant) -> Bool {
        if let asked, now - asked < Self.patience { return false }
        return components.contains { names[$0] == nil }
    }

    /// Nil where pktmon had no list.
    mutating func take(_ list: PktmonCounters?, at now: ContinuousClock.Instant) {
        asked = now
        for component in list?.components ?? [] {
            for id in [component.id, component.secondaryID].compactMap(\.self) {
                names[id] = (component.group, component.name)
            }
        }
    }

    /// One that is not known goes by its number.
    func label(_ component: UInt64) -> PktmonComponent {
        let known = names[component]
        return PktmonComponent(
            group: known?.group ?? "", component: known?.name ?? "", id: component)
    }
}
