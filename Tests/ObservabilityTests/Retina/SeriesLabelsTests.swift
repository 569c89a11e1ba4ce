import MetricSchema
import TestSupport
import Testing

struct SeriesLabelsTests {
    @Test(
        "labels are read as they were written, whatever is in them",
        arguments: 0..<200 as Range<UInt64>)
    func roundTrip(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var values: [String: String] = [:]
        var text = LabelText()
        for name in ["first", "second", "third"] where Bool.random(using: &random) {
            let length = Int.random(in: 0...6, using: &random)
            let value = String(
                (0..<length).map { _ in "a\"\\\n,=é{}".randomElement(using: &random) ?? "a" })
            values[name] = value
            text.append(name: name, value: value)
        }
        let labels = SeriesLabels(text.bytes)
        for name in ["first", "second", "third", "fourth"] {
            #expect(labels[name] == values[name] ?? "")
        }
    }

    @Test(
        "text that nobody wrote ends the reading and nothing else",
        arguments: 0..<2_000 as Range<UInt64>)
    func fuzz(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let bytes = (0..<Int.random(in: 0...24, using: &random)).map { _ in
            Array("a=\"\\,n".utf8).randomElement(using: &random) ?? 0
        }
        _ = SeriesLabels(bytes)["a"]
    }
}
