import Foundation
import MetricSchema
import Observability
import TestSupport
import Testing
import WindowsBackend

@testable import Agent

/// That a dashboard made for one system works for the other: what the catalogue claims for both is
/// in the accepted scrapes of both, alike.
@Suite(
    .enabled(if: GoldenScrape.areThere, "node.golden or scrape.golden is not in Tests/Fixtures yet")
)
struct BothSystemsTests {
    /// About the agent and not about the node: the Linux golden is made from collectors alone.
    private static func isOwn(_ metric: MetricDescriptor) -> Bool {
        metric.name.hasPrefix("fovea_collector_") || metric.name == "fovea_build_info"
            || metric.name == "fovea_capability_available"
            || (Catalog.budget + Catalog.contexts).contains { $0 === metric }
    }

    private static let shared = Catalog.all.filter { $0.platforms == .both && !isOwn($0) }

    @Test("a metric of both systems is in both scrapes, with the same label names")
    func labels() throws {
        let linux = try GoldenScrape(Repository.linuxScrape)
        let windows = try GoldenScrape(Repository.windowsScrape)
        #expect(!Self.shared.isEmpty)
        for metric in Self.shared {
            let here = try #require(windows.labels[metric.name], "not on Windows: \(metric.name)")
            let there = try #require(linux.labels[metric.name], "not on Linux: \(metric.name)")
            #expect(here == there, "\(metric.name)")
        }
    }

    @Test("a metric of both systems has the same help and type")
    func headers() throws {
        let linux = try GoldenScrape(Repository.linuxScrape)
        let windows = try GoldenScrape(Repository.windowsScrape)
        for metric in Self.shared {
            #expect(windows.headers[metric.name] == linux.headers[metric.name], "\(metric.name)")
        }
    }

    @Test("what agents say of themselves they say alike on both systems")
    func own() async throws {
        var linux = FixedBackend(capabilities: [Capability("everything")])
        linux.collectors = [FixedCollector("fixed") { _ in }]
        let folder = Repository.windowsScrape.deletingLastPathComponent().path()
        let windows = WindowsBackend(
            .replaying(try RecordingFolder(reading: folder).node), log: LogRecorder().log)
        let here = GoldenScrape(try await ServedAgent(windows).get("/metrics").text)
        let there = GoldenScrape(try await ServedAgent(linux).get("/metrics").text)
        let own = Catalog.all.filter { $0.platforms == .both && Self.isOwn($0) }
        var said = 0
        for metric in own {
            #expect(here.labels[metric.name] == there.labels[metric.name], "\(metric.name)")
            #expect(here.headers[metric.name] == there.headers[metric.name], "\(metric.name)")
            if here.labels[metric.name] != nil { said += 1 }
        }
        #expect(said >= 5, "\(said) of \(own.map(\.name))")
    }

    @Test("a scrape has metrics of its system only, with labels from the catalogue in their order")
    func claims() throws {
        for (url, platform) in [
            (Repository.linuxScrape, Platforms.linux), (Repository.windowsScrape, .windows),
        ] {
            for (name, lists) in try GoldenScrape(url).labels {
                let metric = try #require(Catalog.all.first { $0.name == name }, "\(name)")
                #expect(metric.platforms.contains(platform), "\(name)")
                for list in lists {
                    // Stands for labels that were folded.
                    let names = list.filter { $0 != "overflow" }
                    #expect(names == metric.labelNames.filter(names.contains), "\(name)")
                }
            }
        }
    }
}

/// An accepted scrape, by metric.
private struct GoldenScrape {
    static var areThere: Bool {
        [Repository.linuxScrape, Repository.windowsScrape].allSatisfy {
            FileManager.default.fileExists(atPath: $0.path())
        }
    }

    /// The lists of label names that a metric's series have.
    private(set) var labels: [String: Set<[String]>] = [:]
    /// HELP and TYPE.
    private(set) var headers: [String: [Substring]] = [:]

    init(_ url: URL) throws {
        self.init(try Repository.text(url))
    }

    init(_ text: String) {
        var histograms: Set<String> = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix("#") {
                let words = line.split(separator: " ", maxSplits: 3)
                headers[String(words[2]), default: []].append(line)
                if words.last == "histogram" { histograms.insert(String(words[2])) }
            } else {
                let sample = String(line.prefix { $0 != "{" && $0 != " " })
                // A histogram is several lines: name_bucket with a bound, name_sum and name_count.
                let family = sample.split(separator: "_").dropLast().joined(separator: "_")
                let isPart = histograms.contains(family)
                let names = line.matches(of: /[{,]([a-z_]+)="/).map { String($0.1) }
                labels[isPart ? family : sample, default: []].insert(
                    names.filter { !isPart || $0 != "le" })
            }
        }
    }
}
