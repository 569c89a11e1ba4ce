import MetricSchema
import TestSupport
import Testing

/// The table of Retina's metrics against the list of what Retina has, which is kept apart from it.
struct RetinaRowsTests {
    /// A metric as one plugin writes it in one mode.
    private struct Entry: Hashable, CustomStringConvertible {
        let name: String
        let kind: String
        let labels: String
        let system: String
        let mode: String
        let plugin: String

        var description: String {
            [name, kind, labels, system, mode, plugin].joined(separator: " ")
        }

        init(_ row: RetinaRow) {
            name = row.name
            kind = row.kind.rawValue
            labels = row.labelNames.joined(separator: ",")
            system = row.platforms == .both ? "both" : row.platforms == .linux ? "linux" : "windows"
            mode = row.mode.rawValue
            plugin = row.plugin.split(separator: " ").first.map(String.init) ?? "none"
        }

        init(listed line: Substring) throws {
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
            try #require(columns.count == 7)
            name = String(columns[0])
            kind = String(columns[1])
            // A histogram's buckets are no label of the metric.
            labels = columns[2].split(separator: ",").filter { $0 != "le" }.joined(separator: ",")
            system =
                columns[3].contains("linux") && columns[3].contains("windows")
                ? "both" : String(columns[3])
            mode = try Self.mode(String(columns[4]))
            plugin = String(columns[5].prefix { $0 != " " })
        }

        private static func mode(_ text: String) throws -> String {
            let modes: [(String, RetinaRow.Mode)] = [
                ("basic", .basic), ("documented", .basic), ("advanced local context", .local),
                ("advanced remote context", .remote), ("advanced (local or remote)", .pods),
                ("control-plane", .control), ("hubble", .hubble),
            ]
            return try #require(modes.first { text.hasPrefix($0.0) }?.1.rawValue, "\(text)")
        }
    }

    @Test("there is a row for each metric that Retina has in each mode, and no other")
    func complete() throws {
        let listed = try Repository.text(Repository.url("Tests/Fixtures/retina/metrics.tsv"))
            .split(separator: "\n").dropFirst().map { try Entry(listed: $0) }
        let ours = Retina.rows.map(Entry.init)
        #expect(Set(ours).count == ours.count)
        #expect(Set(listed).subtracting(ours) == [], "not in our table")
        #expect(Set(ours).subtracting(listed) == [], "not in Retina's list")
    }

    @Test("a row is written by rules, or as another plugin's is, or says why it is not")
    func answered() throws {
        for row in Retina.rows {
            switch row.answer {
            case .rules(let rules):
                #expect(!rules.isEmpty, "\(row.name)")
                for rule in rules {
                    #expect(rule.target.name == row.name)
                    #expect(!rule.target.help.isEmpty, "\(row.name)")
                    #expect(!rule.source.platforms.isDisjoint(with: row.platforms), "\(row.name)")
                    #expect(Catalog.all.contains { $0 === rule.source }, "\(rule.source.name)")
                }
            case .elsewhere(let plugin):
                let other = Retina.rows.first {
                    $0.name == row.name && $0.plugin == plugin && $0.platforms == row.platforms
                }
                #expect(other?.rules.isEmpty == false, "\(row.name)")
            case .nothing(let reason):
                #expect(reason.hasSuffix("."), "\(row.name)")
            }
        }
    }

    @Test(
        "in one mode on one system a name has one list of labels", arguments: RetinaContext.allCases
    )
    func oneForm(_ context: RetinaContext) {
        for platform in [Platforms.linux, .windows] {
            let targets = Retina.rules(on: platform, context).map(\.target)
            let names = Dictionary(grouping: targets, by: \.name)
            for (name, targets) in names {
                #expect(targets.allSatisfy { $0 === targets[0] }, "\(name)")
            }
        }
    }

    @Test("where the catalogue names Retina's metric, a rule makes that one of ours")
    func named() {
        let rules = Retina.rows.flatMap(\.rules)
        for metric in Catalog.all {
            guard let name = metric.retinaName else { continue }
            #expect(
                rules.contains { $0.source === metric && $0.target.name == name },
                "\(metric.name): \(name)")
        }
    }
}
