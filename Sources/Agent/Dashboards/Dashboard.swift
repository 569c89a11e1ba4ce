import MetricSchema

/// A page of Grafana: rows of panels over the catalogue.
package struct Dashboard: Sendable {
    /// Its file's name, and with `fovea-` before it Grafana's identifier.
    package let name: String
    package let title: String
    package let rows: [Row]

    package struct Row: Sendable {
        let title: String
        let panels: [Panel]

        init(_ title: String, _ panels: [Panel]) {
            self.title = title
            self.panels = panels
        }
    }

    package struct Panel: Sendable {
        /// How it is drawn.
        enum Form: Sendable {
            /// How it went.
            case lines
            /// One number, and how it went behind it.
            case number
            /// One number that should be nought.
            case alarm
            /// What is now, one bar for each series.
            case bars
            /// What is now, one line for each series with its labels.
            case table
        }

        let title: String
        let form: Form
        let unit: String
        /// What the numbers are, in the catalogue's words.
        let description: String
        package let queries: [PanelQuery]

        /// The first query's metric says the unit, unless it is told.
        init(
            _ title: String, as form: Form = .lines, unit: String? = nil, _ queries: PanelQuery...
        ) {
            self.title = title
            self.form = form
            self.unit = unit ?? queries.first.map { Self.unit(of: $0.metric) } ?? "short"
            var metrics: [MetricDescriptor] = []
            for query in queries where !metrics.contains(where: { $0 === query.metric }) {
                metrics.append(query.metric)
            }
            description = metrics.map { "\($0.name): \($0.help)" }.joined(separator: "\n\n")
            self.queries = queries
        }

        /// Grafana's name for it.
        private static func unit(of metric: MetricDescriptor) -> String {
            switch (metric.kind, metric.unit) {
            case (.counter, .bytes): "Bps"
            case (.counter, .seconds): "percentunit"
            case (.counter, _): metric.name.contains("packets") ? "pps" : "cps"
            case (_, .bytes): "bytes"
            case (_, .bytesPerSecond): "Bps"
            case (_, .seconds), (.histogram, _): "s"
            case (.gauge, .none): metric.name.hasSuffix("_ratio") ? "percentunit" : "short"
            }
        }
    }

    package var panels: [Panel] { rows.flatMap(\.panels) }
}

extension Dashboard: CustomStringConvertible {
    package var description: String { name }
}

extension Dashboard {
    package static let all: [Dashboard] = [
        cluster, node, pods, drops, tcp, dns, services, connections, latency, windows, agent,
    ]
}
