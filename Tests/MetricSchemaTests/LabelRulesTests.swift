import MetricSchema
import Testing

/// What the catalogue promises of labels, budgets and closed sets.
struct LabelRulesTests {
    @Test(
        "label names are lower snake case, and none that Prometheus keeps", arguments: Catalog.all)
    func shape(_ metric: MetricDescriptor) {
        for name in metric.labelNames {
            #expect(name.isLowerSnake, "\(metric.name): \(name)")
            // `job` and `instance` are the scrape's, `le` and `quantile` the format's.
            #expect(
                !["job", "instance", "le", "quantile", "overflow"].contains(name), "\(metric.name)")
        }
    }

    @Test("no metric has two labels of the same name", arguments: Catalog.all)
    func unique(_ metric: MetricDescriptor) {
        #expect(Set(metric.labelNames).count == metric.labelNames.count, "\(metric.name)")
    }

    @Test("a closed label has values, each of them once and none empty", arguments: Catalog.all)
    func closed(_ metric: MetricDescriptor) {
        for (label, values) in metric.closedValues {
            #expect(metric.labelNames.contains(label), "\(metric.name): \(label)")
            #expect(
                !values.isEmpty && Set(values).count == values.count, "\(metric.name): \(label)")
            #expect(values.allSatisfy { $0.isLowerSnake }, "\(metric.name): \(values)")
        }
    }

    @Test("directions are a closed set wherever there are any", arguments: Catalog.all)
    func directions(_ metric: MetricDescriptor) {
        #expect(
            metric.closedValues["direction"]
                == (metric.labelNames.contains("direction") ? ["ingress", "egress"] : nil))
    }

    @Test("a budget has room for every series the closed labels make", arguments: Catalog.all)
    func budget(_ metric: MetricDescriptor) {
        // A node has one system.
        let sets = metric.closedValues.filter { $0.key != System.name }.values
        #expect(metric.seriesBudget >= sets.map(\.count).reduce(1, *), "\(metric.name)")
    }

    @Test("every metric is written on some system", arguments: Catalog.all)
    func platforms(_ metric: MetricDescriptor) {
        #expect(!metric.platforms.isEmpty && Platforms.both.isSuperset(of: metric.platforms))
    }
}
