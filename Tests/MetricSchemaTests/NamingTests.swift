import MetricSchema
import Testing

/// What every name in the catalogue promises to whoever writes a query.
struct NamingTests {
    @Test("a metric's name is fovea_ and lower snake case", arguments: Catalog.all)
    func shape(_ metric: MetricDescriptor) {
        #expect(metric.name.hasPrefix("fovea_"))
        #expect(metric.name.isLowerSnake, "\(metric.name)")
    }

    @Test("counters end in _total, and nothing else does", arguments: Catalog.all)
    func total(_ metric: MetricDescriptor) {
        #expect(metric.name.hasSuffix("_total") == (metric.kind == .counter), "\(metric.name)")
    }

    @Test("a metric's name ends in its unit, and in no other", arguments: Catalog.all)
    func unit(_ metric: MetricDescriptor) {
        let name = metric.name.hasSuffix("_total") ? String(metric.name.dropLast(6)) : metric.name
        let units: [MetricUnit] = [.bytesPerSecond, .bytes, .seconds]
        let inName = units.first { name.hasSuffix("_\($0.rawValue)") } ?? .none
        #expect(inName == metric.unit, "\(metric.name)")
    }

    @Test("no name abbreviates a unit or uses one that is not base", arguments: Catalog.all)
    func baseUnits(_ metric: MetricDescriptor) {
        let words = Set(metric.name.split(separator: "_"))
        let others: Set<Substring> = [
            "ms", "us", "ns", "milliseconds", "microseconds", "nanoseconds", "minutes", "kb", "kib",
            "mb", "kilobytes", "megabytes", "bits", "mbps", "percent", "count", "num",
        ]
        #expect(words.isDisjoint(with: others), "\(metric.name)")
    }

    @Test("the word after fovea_ says what a series stands for", arguments: Catalog.all)
    func level(_ metric: MetricDescriptor) {
        let level: MetricLevel =
            switch metric.name.split(separator: "_").dropFirst().first {
            case "policy" where metric.name.hasSuffix("_connections_total"): .remote
            case "pod", "policy": .local
            case "flow": .remote
            default: .node
            }
        #expect(metric.level == level, "\(metric.name)")
    }

    @Test("metrics of one endpoint name it, metrics of two name both", arguments: Catalog.all)
    func identities(_ metric: MetricDescriptor) {
        let labels = Set(metric.labelNames)
        let two = SourceLabel.names + DestinationLabel.names
        #expect(labels.isSuperset(of: PodLabel.names) == (metric.level == .local), "\(metric.name)")
        #expect(labels.isSuperset(of: two) == (metric.level == .remote), "\(metric.name)")
    }

    @Test("no two metrics have the same name, or the same family in OpenMetrics")
    func unique() {
        let families = Catalog.all.map {
            $0.name.hasSuffix("_total") ? String($0.name.dropLast(6)) : $0.name
        }
        #expect(Set(families).count == families.count)
    }

    @Test("help is one sentence that needs no escaping", arguments: Catalog.all)
    func help(_ metric: MetricDescriptor) throws {
        let first = try #require(metric.help.first)
        #expect(first.isUppercase || first.isNumber, "\(metric.help)")
        #expect(metric.help.hasSuffix(".") && !metric.help.hasSuffix(".."), "\(metric.help)")
        #expect(!metric.help.contains { "\\\"\n".contains($0) }, "\(metric.help)")
    }
}

extension String {
    /// Letters, digits and single underscores between them; begins with a letter.
    var isLowerSnake: Bool {
        let words = split(separator: "_", omittingEmptySubsequences: false)
        return first?.isLetter == true
            && words.allSatisfy { word in
                !word.isEmpty
                    && word.utf8.allSatisfy { byte in
                        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    }
            }
    }
}
