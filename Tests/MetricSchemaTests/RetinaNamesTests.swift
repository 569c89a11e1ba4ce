import MetricSchema
import Testing

/// The names that the catalogue says Retina has for a metric; that there is such a rule is tested with the rules.
struct RetinaNamesTests {
    @Test("Retina's bytes are our bytes, and its counts are our counts", arguments: Catalog.all)
    func units(_ metric: MetricDescriptor) {
        guard let name = metric.retinaName else { return }
        #expect(name.hasSuffix("_bytes") == (metric.unit == .bytes), "\(metric.name): \(name)")
    }

    @Test(
        "Retina's advanced metrics are those of pods and flows, but for those it calls the node's",
        arguments: Catalog.all)
    func levels(_ metric: MetricDescriptor) {
        guard let name = metric.retinaName, !name.contains("_adv_node_") else { return }
        #expect(
            name.hasPrefix("networkobservability_adv_") == (metric.level != .node),
            "\(metric.name): \(name)")
    }
}
