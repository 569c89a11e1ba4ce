package import Observability

/// The flows that were lost lately: who with whom, why, how often, and what network policies say of each.
package struct LostFlowsReport: Sendable, Encodable {
    package struct Item: Sendable, Equatable, Encodable {
        package let node: String
        /// How long ago it was seen last, by the agent's clock.
        package let secondsAgo: Double
        package let flow: FlowRecord
    }

    package private(set) var items: [Item] = []
    package private(set) var unreadable: [AgentProblem] = []
    /// Nodes whose agent follows no policies, and so keeps no flows: that it shows none means nothing.
    package private(set) var notKept: [String] = []
    /// Flows that made room for others, by node: there were more than are shown.
    package private(set) var madeRoom: [String: UInt64] = [:]

    /// What was lost last comes first. `namespace` is that of one of the two, `denied`: only what policies deny.
    package init(
        _ answers: [AgentAnswer<FlowsDocument>], namespace: String? = nil, denied: Bool = false
    ) {
        for answer in answers {
            let node = answer.place.node
            switch answer.result {
            case .failure(let problem): unreadable.append(problem)
            case .success(let document):
                if !document.isFollowed { notKept.append(node) }
                if document.madeRoom > 0 { madeRoom[node] = document.madeRoom }
                items += document.flows.filter { flow in
                    (namespace == nil
                        || [flow.client.namespace, flow.server.namespace].contains(namespace))
                        && (!denied || flow.policy.verdict == "denied")
                }.map {
                    Item(node: node, secondsAgo: max(document.time - $0.lastSeen, 0), flow: $0)
                }
            }
        }
        items.sort { $0.secondsAgo < $1.secondsAgo }
    }

    /// Only the first.
    package mutating func keep(_ limit: Int) { items = Array(items.prefix(limit)) }

    package var isComplete: Bool { unreadable.isEmpty }
}

extension LostFlowsReport {
    /// Addresses and the first time are shown where it is wide.
    package func table(isWide: Bool) -> String {
        var columns: [Table.Column] = [
            .init(header: "AGO", isNumber: true), .init(header: "NODE"), .init(header: "CLIENT"),
            .init(header: "SERVER"), .init(header: "PORT"), .init(header: "LOST AT"),
            .init(header: "LOST", isNumber: true), .init(header: "WHAT"), .init(header: "REASON"),
            .init(header: "VERDICT"), .init(header: "POLICIES"),
        ]
        if isWide {
            columns += [
                .init(header: "CLIENT ADDRESS"), .init(header: "SERVER ADDRESS"),
                .init(header: "FOR", isNumber: true),
            ]
        }
        var table = Table(columns)
        for item in items {
            let flow = item.flow
            let side = flow.policy.direction.map { "\($0): " } ?? ""
            var cells = [
                item.secondsAgo.age, item.node, flow.client.text, flow.server.text,
                "\(flow.protocol)" + (flow.port.map { "/\($0)" } ?? ""),
                [flow.lostAt ?? "", flow.direction].filter { !$0.isEmpty }.joined(separator: " "),
                "\(flow.count)", flow.lost, flow.reason, flow.policy.verdict,
                flow.policy.policies.map { side + $0.joined(separator: ",") } ?? "",
            ]
            if isWide {
                cells += [
                    flow.client.address, flow.server.address, (flow.lastSeen - flow.firstSeen).age,
                ]
            }
            table.add(cells)
        }
        var text = items.isEmpty ? "No flows were lost lately.\n" : table.text
        if !items.isEmpty { text += "\nVerdicts are computed from the text of network policies.\n" }
        var lines = unreadable.map { "not read: \($0.description.firstLine)" }
        lines += notKept.map { "\($0) follows no network policies, and keeps no flows" }
        lines += madeRoom.sorted { $0.key < $1.key }.map {
            "\($0): \($1) flows made room for later ones since its agent started"
        }
        if !lines.isEmpty { text += "\n" + lines.map { $0 + "\n" }.joined() }
        return text
    }
}

extension FlowRecord.Peer {
    fileprivate var text: String { namespace.map { "\($0)/\(name)" } ?? name }
}

extension Double {
    /// `4s`, `3m`, `2h`, `5d`.
    fileprivate var age: String {
        for (unit, suffix) in [(86_400.0, "d"), (3_600, "h"), (60, "m")] where self >= 2 * unit {
            return "\(Int(self / unit))\(suffix)"
        }
        return "\(Int(self))s"
    }
}
