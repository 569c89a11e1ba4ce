import TestSupport
import MetricSchema
import Observability
import Testing

struct ExpositionRoundTripTests {
    @Test("whatever is written reads back the same", arguments: 0..<200 as Range<UInt64>)
    func roundTrip(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let format = seed % 2 == 0 ? ExpositionFormat.text : .openMetrics
        var samples = SampleBuffer()
        var expected: [String: [[String: String]: SampleValue]] = [:]
        for (name, metric) in Self.metrics.shuffled(using: &random) {
            for _ in 0..<Int.random(in: 0...40, using: &random) {
                let (first, second) = (Self.text(&random), Self.text(&random))
                let labels = ["first": first, "second": second].filter { !$0.value.isEmpty }
                if expected[name]?[labels] != nil { continue }
                if Bool.random(using: &random) {
                    let count = UInt64.random(in: 0 ... .max, using: &random)
                    samples.add(count, to: metric, First(first), Second(second))
                    expected[name, default: [:]][labels] = .count(count)
                } else {
                    let number = Self.number(&random)
                    samples.add(number, to: metric, First(first), Second(second))
                    expected[name, default: [:]][labels] = .number(number)
                }
            }
        }
        let exposition = Exposition(samples, as: format)
        #expect(exposition.duplicates.isEmpty)
        let parsed = try ExpositionParser(exposition.text())
        #expect(parsed.hasEnd == (format == .openMetrics))
        let written = parsed.names.map { expected[$0] == nil ? $0 + "_total" : $0 }
        #expect(written == written.sorted())
        #expect(Set(parsed.names) == Set(expected.keys.map { Self.family($0, format) }))
        for (name, series) in expected {
            let family = try #require(parsed.families[Self.family(name, format)])
            #expect(family.type == (name.hasSuffix("_total") ? "counter" : "gauge"))
            #expect(
                family.unit == (format == .openMetrics && name.contains("_bytes") ? "bytes" : nil))
            #expect(Set(family.samples.keys) == Set(series.keys))
            for (labels, value) in series {
                let text = try #require(family.samples[labels])
                switch value {
                case .count(let count): #expect(UInt64(text) == count)
                case .number(let number): #expect(Double(text) == number)
                case .histogram: Issue.record("\(name) is no histogram")
                }
            }
        }
    }

    private static let metrics: [(String, Metric<First, Second>)] = [
        ("a_total", .counter, .none), ("a_bytes_total", .counter, .bytes), ("b", .gauge, .none),
        ("c_bytes", .gauge, .bytes), ("aa_total", .counter, .none),
    ].map { name, kind, unit in
        (name, Metric(name, kind, unit, labels: First.self, Second.self, help: "Help of \(name)."))
    }

    private static func family(_ name: String, _ format: ExpositionFormat) -> String {
        format == .openMetrics && name.hasSuffix("_total") ? String(name.dropLast(6)) : name
    }

    private static func text(_ random: inout SeededGenerator) -> String {
        let pieces = [
            "a", "bc", "\\", "\"", "\n", ",", "{", "}", "=", " ", "é", "世", "🔭", "\u{301}", "\r",
            "\t",
        ]
        return (0..<Int.random(in: 0...12, using: &random)).map { _ in
            pieces.randomElement(using: &random) ?? ""
        }.joined()
    }

    private static func number(_ random: inout SeededGenerator) -> Double {
        let number = Double(bitPattern: .random(in: 0 ... .max, using: &random))
        return number.isNaN ? .infinity : number
    }
}
