import MetricSchema
import Observability
import Testing

struct ExpositionValueTests {
    @Test(
        "counts are exact, beyond what a double can hold",
        arguments: [
            (0, "0"), (9, "9"), (10, "10"), (9_007_199_254_740_993, "9007199254740993"),
            (.max - 1, "18446744073709551614"), (.max, "18446744073709551615"),
        ] as [(UInt64, String)])
    func counts(_ value: UInt64, _ text: String) {
        var samples = SampleBuffer()
        samples.add(value, to: TestMetrics.age)
        #expect(Self.value(samples) == text)
    }

    @Test(
        "numbers are the shortest text that reads back the same",
        arguments: [
            (0, "0"), (-0.0, "0"), (1, "1"), (-1, "-1.0"), (0.1, "0.1"), (1.5, "1.5"),
            (1e-7, "1e-07"), (1_000_000, "1000000"), (9_007_199_254_740_991, "9007199254740991"),
            (1e300, "1e+300"), (.leastNonzeroMagnitude, "5e-324"),
            (.greatestFiniteMagnitude, "1.7976931348623157e+308"),
            (-.leastNormalMagnitude, "-2.2250738585072014e-308"),
        ] as [(Double, String)])
    func numbers(_ value: Double, _ text: String) {
        var samples = SampleBuffer()
        samples.add(value, to: TestMetrics.age)
        #expect(Self.value(samples) == text)
        #expect(Double(text) == value)
    }

    @Test("what is no number is written as Prometheus reads it")
    func special() {
        for (value, text) in [(Double.nan, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf")] {
            var samples = SampleBuffer()
            samples.add(value, to: TestMetrics.age)
            #expect(Self.value(samples) == text)
        }
    }

    private static func value(_ samples: SampleBuffer) -> String? {
        let lines = Exposition(samples, as: .text).text().split(separator: "\n")
        return lines.last?.split(separator: " ").last.map(String.init)
    }
}
