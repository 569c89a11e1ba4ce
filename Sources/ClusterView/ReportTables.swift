/// Reports as people read them.
extension StatusReport {
    package func table(isWide: Bool) -> String {
        var columns: [Table.Column] = [.init(header: "NODE")]
        if isWide { columns += [.init(header: "AGENT"), .init(header: "SYSTEM")] }
        columns += [
            .init(header: "READY"), .init(header: "VERSION"), .init(header: "SERIES"),
            .init(header: "FOLDED", isNumber: true), .init(header: "FAILING"),
            .init(header: "MISSING"), .init(header: "LOST DETAIL"), .init(header: "PROBLEM"),
        ]
        var table = Table(columns)
        for item in items {
            let limit = item.seriesLimit.map { "/\($0)" } ?? ""
            let lost = item.lostDetail.sorted { $0.key < $1.key }
            // A sum of different things says only that there is something.
            let losses =
                isWide
                ? lost.map { "\($0.key)=\($0.value.whole)" }.joined(separator: ", ")
                : lost.map { $0.key.withoutPrefix }.joined(separator: ", ")
            var cells: [String] = [item.node]
            if isWide { cells += [item.agent, item.system ?? ""] }
            cells.append(item.isReady.map { $0 ? "yes" : "no" } ?? "")
            cells.append(item.version ?? "")
            cells.append(item.series.map { "\($0)\(limit)" } ?? "")
            cells.append(item.foldedSeries.map { "\($0)" } ?? "")
            cells.append(item.failingCollectors.joined(separator: ", "))
            cells.append(item.missingCapabilities.joined(separator: ", "))
            cells.append(losses)
            cells.append(item.problem?.firstLine ?? "")
            table.add(cells)
        }
        return table.text
    }
}

extension TopReport {
    package func table(_ scope: Scope, isWide: Bool) -> String {
        var columns: [Table.Column] = []
        switch scope {
        case .nodes: columns = [.init(header: "NODE")]
        case .namespaces: columns = [.init(header: "NAMESPACE")]
        case .workloads:
            columns = [
                .init(header: "NAMESPACE"), .init(header: "KIND"), .init(header: "WORKLOAD"),
            ]
        case .pods:
            columns = [
                .init(header: "NAMESPACE"), .init(header: "POD"), .init(header: "NODE"),
            ]
        }
        let numbers = TopColumn.allCases.filter { isWide || $0 != .nxdomain }
        var table = Table(columns + numbers.map { .init(header: $0.header, isNumber: true) })
        for row in items {
            let names: [String?] =
                switch scope {
                case .nodes, .namespaces: [row.key.name]
                case .workloads: [row.key.namespace, row.key.kind, row.key.name]
                case .pods: [row.key.namespace, row.key.name, row.key.node]
                }
            table.add(names.map { $0 ?? "" } + numbers.map { row[$0]?.short ?? "" })
        }
        return table.text + notes
    }

    private var notes: String {
        var lines = unreadable.map { "not read: \($0.description.firstLine)" }
        lines += restarted.map { "\($0): counters went back, its agent was started anew" }
        lines += new.map { "\($0): its agent was not there before" }
        lines += notCounted.map {
            "\($0.node) does not count: "
                + $0.columns.map { $0.replacing("PerSecond", with: "") }.joined(separator: ", ")
        }
        return lines.isEmpty ? "" : "\n" + lines.map { $0 + "\n" }.joined()
    }
}

extension DropsReport {
    /// Hooks are shown where it is wide.
    package func table(isWide: Bool) -> String {
        var text = drops.isEmpty ? "No drops of pods.\n" : ofPods(["REASON"], drops) { [$0.reason] }
        if isWide, !hooks.isEmpty {
            text += "\nThose of netfilter, by the hook they happened in:\n"
            text += ofPods(["FAMILY", "HOOK"], hooks) { [$0.family, $0.hook] }
        }
        if !policies.isEmpty {
            text += "\nThose that network policies do not allow (computed from the policies):\n"
            text += ofPods(["POLICIES"], policies) { [$0.policies] }
        }
        if !connections.isEmpty {
            text +=
                "\nConnections that failed and that network policies do not allow (computed too):\n"
            text += section(
                ["NODE", "NAMESPACE", "POD", "TO", "DIRECTION", "POLICIES", "REASON"], connections,
                of: "CONNECTIONS"
            ) {
                [
                    $0.node, $0.namespace ?? "", $0.pod,
                    ($0.destinationNamespace.map { "\($0)/" } ?? "") + $0.destination,
                    $0.direction, $0.policies, $0.reason,
                ]
            }
        }
        if !nodes.isEmpty {
            text += "\nOn whole nodes, the above and what is no pod's:\n"
            text += section(["NODE", "DIRECTION", "REASON"], nodes) {
                [$0.node, $0.direction, $0.reason]
            }
        }
        var lines = unreadable.map { "not read: \($0.description.firstLine)" }
        lines += restarted.map { "\($0): counters went back, its agent was started anew" }
        lines += notCounted.map { "\($0) does not count drops" }
        return text + (lines.isEmpty ? "" : "\n" + lines.map { $0 + "\n" }.joined())
    }

    private func ofPods<Row: LossRow>(
        _ own: [String], _ rows: [Row], _ cells: (Row) -> [String]
    ) -> String {
        section(["NODE", "NAMESPACE", "POD", "DIRECTION"] + own, rows) { row in
            [row.node, row.namespace ?? "", row.pod, row.direction] + cells(row)
        }
    }

    private func section<Row: LossCount>(
        _ names: [String], _ rows: [Row], of what: String = "PACKETS",
        _ cells: (Row) -> [String]
    ) -> String {
        var columns = names.map { Table.Column(header: $0) }
        columns.append(.init(header: what, isNumber: true))
        columns.append(.init(header: "\(what)/s", isNumber: true))
        var table = Table(columns)
        for row in rows {
            table.add(cells(row) + [row.lost.whole, row.lostPerSecond?.short ?? ""])
        }
        return table.text
    }
}

extension String {
    /// What does not fit in a line of a table.
    var firstLine: String { String(prefix { !$0.isNewline }.prefix(160)) }

    fileprivate var withoutPrefix: String {
        hasPrefix("fovea_") ? String(dropFirst("fovea_".count)) : self
    }
}
