import ClusterView
import Foundation
import TestSupport
import Testing

struct MetricsTextTests {
    @Test(
        "samples have their labels and values, with escapes, timestamps and spaces as the format has them"
    )
    func reads() throws {
        let text = try MetricsText(
            parsing: Array(
                #"""
                # HELP a_total Help with "quotes" and {braces}.
                # TYPE a_total counter

                a_total{pod="x",namespace="n"} 12
                a_total{pod="a\\b\"c\nd",} 1.5e3 1700000000000
                b +Inf
                	c  {  le = "0.5" , }  NaN
                ratio:sum -0.25

                """#.utf8))
        #expect(text["a_total"].count == 2)
        #expect(text["a_total"][["pod": "x", "namespace": "n"]] == 12)
        #expect(text["a_total"][["pod": "a\\b\"c\nd"]] == 1500)
        #expect(text.single("b") == .infinity)
        #expect(text["c"][["le": "0.5"]]?.isNaN == true)
        #expect(text.single("ratio:sum") == -0.25)
        #expect(text["d"].isEmpty)
    }

    @Test(
        "what is no metric is refused, with its line",
        arguments: [
            ("a 1\nb", "line 2 of its metrics: the answer breaks off"),
            ("a\n", "line 1 of its metrics: '' is no number"),
            ("a x\n", "line 1 of its metrics: 'x' is no number"),
            ("a 1 2 3\n", "line 1 of its metrics: there is more after its time"),
            ("a 1 x\n", "line 1 of its metrics: its time is no number"),
            ("a{b=\"c\" 1\n", "line 1 of its metrics: labels do not end"),
            ("a{b=\"c} 1\n", "line 1 of its metrics: label b does not end"),
            ("a{b=c} 1\n", "line 1 of its metrics: label b has no value"),
            ("a{b} 1\n", "line 1 of its metrics: no = after label b"),
            ("a{1=\"c\"} 1\n", "line 1 of its metrics: expected a label's name"),
            ("a{b=\"\\t\"} 1\n", "line 1 of its metrics: label b has an unknown escape"),
            ("a{b=\"c\",b=\"d\"} 1\n", "line 1 of its metrics: label b is there twice"),
            ("{} 1\n", "line 1 of its metrics: expected a metric's name"),
            ("<html>\n", "line 1 of its metrics: expected a metric's name"),
            ("a 1\na 1\n", "line 2 of its metrics: a is there twice with the same labels"),
        ])
    func refuses(_ text: String, _ problem: String) {
        let error = #expect(throws: MetricsTextError.self) {
            try MetricsText(parsing: Array(text.utf8))
        }
        #expect(error?.description == problem)
    }

    @Test("bytes that are no text are refused")
    func bytes() {
        #expect(throws: MetricsTextError.self) {
            try MetricsText(parsing: Array("a{b=\"".utf8) + [0xFF] + Array("\"} 1\n".utf8))
        }
    }

    @Test("what is not asked for is read and not kept")
    func keeps() throws {
        let text = try MetricsText(parsing: Array("a 1\nb 2\n".utf8), keeping: ["b"])
        #expect(Set(text.names) == ["b"])
        #expect(throws: MetricsTextError.self) {
            try MetricsText(parsing: Array("a x\nb 2\n".utf8), keeping: ["b"])
        }
    }

    @Test("a whole scrape of a Linux and of a Windows node is read")
    func goldens() throws {
        for file in [
            Repository.url("Tests/Fixtures/linux/node.golden"), Repository.windowsScrape,
        ] {
            let bytes = Array(try Data(contentsOf: file))
            let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
            let text = try MetricsText(parsing: bytes)
            let series = text.names.reduce(0) { $0 + text[$1].count }
            #expect(series == lines.filter { !$0.hasPrefix("#") }.count)
        }
    }

    @Test("5 000 damaged scrapes are read or refused, and none ends the process")
    func fuzz() throws {
        let seed = Array(try Data(contentsOf: Repository.url("Tests/Fixtures/linux/node.golden")))
        let lines = seed.split(separator: UInt8(ascii: "\n")).filter { $0.contains(0x7B) }
        var random = SeededGenerator(seed: 1)
        let telling = Array("{}\"\\,= #\n.eE+-0".utf8)
        var outcomes = (read: 0, refused: 0)
        for _ in 0..<5_000 {
            var bytes: [UInt8] = []
            for _ in 0..<4 {
                bytes += lines[Int.random(in: 0..<lines.count, using: &random)]
                bytes.append(UInt8(ascii: "\n"))
            }
            for _ in 0..<Int.random(in: 1...2, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1:
                    bytes[place] = telling[Int.random(in: 0..<telling.count, using: &random)]
                case 2: bytes.remove(at: place)
                default: bytes.removeSubrange(place...)
                }
                if bytes.isEmpty { bytes = [0] }
            }
            do {
                _ = try MetricsText(parsing: bytes)
                outcomes.read += 1
            } catch {
                outcomes.refused += 1
            }
        }
        // Damage that is never or always noticed would mean that nothing was tested.
        #expect(outcomes.read > 100 && outcomes.refused > 100, "\(outcomes)")
    }
}
