import MetricSchema
import Observability
import ServiceLifecycle

/// Draws what the agent sees to the terminal, once a second: endpoints, who talks to whom, what is dropped.
struct LiveTable: Service {
    let scrape: Scrape
    let address: String
    let port: Int

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var before: Counts?
            while !Task.isCancelled {
                let now = Counts(await scrape.outcomes(deadline: .seconds(2)))
                if let before { draw(now, since: before) }
                before = now
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    private func draw(_ now: Counts, since before: Counts) {
        let rates = Rates(now, since: before)
        let host = address == "0.0.0.0" || address == "::" ? "localhost" : address
        var text = Terminal.isThere ? "\u{1b}[H\u{1b}[2J" : "\n"
        text +=
            "fovea \(Configuration.version)   scrape http://\(host):\(port)/metrics   Ctrl-C ends\n\n"
        text += "ENDPOINT".padded(30) + "IN pkt/s".aligned(12) + "IN B/s".aligned(12)
        text += "OUT pkt/s".aligned(12) + "OUT B/s".aligned(12) + "DROPPED/s".aligned(12) + "\n"
        let names = Set(rates[Catalog.podPackets.descriptor].keys.map { $0["pod"] ?? "" })
        for name in names.sorted() {
            text += row(
                name, rates, Catalog.podPackets.descriptor, Catalog.podBytes.descriptor,
                Catalog.podDropPackets.descriptor
            ) { $0["pod"] == name }
        }
        text += row(
            "(node's uplinks)", rates, Catalog.nodePackets.descriptor, Catalog.nodeBytes.descriptor,
            nil
        ) { _ in true }
        text +=
            "\n" + "FLOW (as its sender sees it)".padded(54) + "pkt/s".aligned(12)
            + "B/s".aligned(12) + "\n"
        let bytes = rates[Catalog.flowBytes.descriptor]
        let flows = rates[Catalog.flowPackets.descriptor].filter {
            $0.key["direction"] == "egress" && $0.value > 0
        }
        for (labels, packets) in flows.sorted(by: { $0.value > $1.value }).prefix(8) {
            let pair = "\(labels["source_pod"] ?? "") -> \(labels["destination_pod"] ?? "")"
            text += pair.padded(44) + (labels["protocol"] ?? "").padded(10)
            text += packets.short.aligned(12) + (bytes[labels] ?? 0).short.aligned(12) + "\n"
        }
        text +=
            "\n" + "DROPPED on the whole node, by reason".padded(54) + "pkt/s".aligned(12)
            + "ever".aligned(12) + "\n"
        let drops = now[Catalog.nodeDropPackets.descriptor].sorted { $0.value > $1.value }
        for (labels, total) in drops.prefix(8) {
            let rate = rates[Catalog.nodeDropPackets.descriptor][labels] ?? 0
            text += (labels["reason"] ?? "").padded(44) + (labels["direction"] ?? "").padded(10)
            text += rate.short.aligned(12) + total.short.aligned(12) + "\n"
        }
        Terminal.write(text)
    }

    private func row(
        _ name: String, _ rates: Rates, _ packets: MetricDescriptor, _ bytes: MetricDescriptor,
        _ drops: MetricDescriptor?, where matches: ([String: String]) -> Bool
    ) -> String {
        func sum(_ metric: MetricDescriptor, _ direction: String?) -> String {
            rates[metric].filter {
                matches($0.key) && (direction == nil || $0.key["direction"] == direction)
            }
            .reduce(0) { $0 + $1.value }.short.aligned(12)
        }
        return name.padded(30) + sum(packets, "ingress") + sum(bytes, "ingress")
            + sum(packets, "egress")
            + sum(bytes, "egress") + (drops.map { sum($0, nil) } ?? "") + "\n"
    }
}

/// Every sample of one scrape, by metric and labels.
private struct Counts {
    let time = ContinuousClock.now
    private var values: [String: [[String: String]: Double]] = [:]

    init(_ outcomes: [CollectorOutcome]) {
        for family in SampleBuffer(outcomes).families {
            for (labels, value) in family.rows {
                let number =
                    switch value {
                    case .count(let count): Double(count)
                    case .number(let number): number
                    case .histogram(let place): Double(family.histograms[place].count)
                    }
                values[family.descriptor.name, default: [:]][Self.pairs(labels)] = number
            }
        }
    }

    subscript(_ metric: MetricDescriptor) -> [[String: String]: Double] {
        values[metric.name] ?? [:]
    }

    private static func pairs(_ labels: String) -> [String: String] {
        var pairs: [String: String] = [:]
        for pair in labels.split(separator: "\",") {
            let parts = pair.split(separator: "=\"", maxSplits: 1)
            if parts.count == 2 { pairs[String(parts[0])] = parts[1].filter { $0 != "\"" } }
        }
        return pairs
    }
}

/// What grew between two scrapes, by the second.
private struct Rates {
    private let now: Counts
    private let before: Counts

    init(_ now: Counts, since before: Counts) {
        self.now = now
        self.before = before
    }

    subscript(_ metric: MetricDescriptor) -> [[String: String]: Double] {
        let seconds = max((now.time - before.time).seconds, 0.001)
        let old = before[metric]
        return Dictionary(
            uniqueKeysWithValues: now[metric].map {
                ($0.key, max(0, $0.value - (old[$0.key] ?? 0)) / seconds)
            })
    }
}

extension Double {
    /// `1.2k`, `3.4M`.
    fileprivate var short: String {
        for (unit, suffix) in [(1e9, "G"), (1e6, "M"), (1e3, "k")] where self >= unit {
            return "\((self / unit * 10).rounded() / 10)\(suffix)"
        }
        return "\(Int(rounded()))"
    }
}

extension String {
    fileprivate func padded(_ width: Int) -> String {
        count >= width
            ? String(prefix(width - 1)) + " " : self + String(repeating: " ", count: width - count)
    }

    fileprivate func aligned(_ width: Int) -> String {
        String(repeating: " ", count: max(0, width - count)) + self
    }
}
