import FoundationEssentials
import Yams

/// How a report is written.
package enum OutputFormat: String, Sendable, CaseIterable {
    case table, wide, json, yaml

    /// `table` is asked for a table only where one is wanted; it is told whether it may be wide.
    package func text(
        of report: some Encodable, table: (_ isWide: Bool) -> String
    ) throws -> String {
        switch self {
        case .table: return table(false)
        case .wide: return table(true)
        case .json: return try Self.json(report)
        case .yaml:
            // JSON is YAML: by way of it numbers are the same to the letter.
            guard let document = try Yams.compose(yaml: try Self.json(report)) else { return "" }
            return "---\n" + (try Yams.serialize(node: document.inBlocks))
        }
    }

    private static func json(_ report: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(report), as: UTF8.self) + "\n"
    }
}

extension Node {
    /// A line for each value; texts keep their quotes, so that none is taken for something else.
    fileprivate var inBlocks: Node {
        switch self {
        case .mapping(let mapping):
            let pairs = mapping.map { (key: Node, value: Node) in
                (Node(key.string ?? "", .implicit, .plain), value.inBlocks)
            }
            return .mapping(Mapping(pairs, .implicit, mapping.isEmpty ? .flow : .block))
        case .sequence(let sequence):
            return .sequence(
                Sequence(
                    sequence.map(\.inBlocks), .implicit, sequence.isEmpty ? .flow : .block))
        case .scalar, .alias: return self
        }
    }
}
