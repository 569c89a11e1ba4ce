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
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(report), as: UTF8.self) + "\n"
        case .yaml:
            let encoder = YAMLEncoder()
            encoder.options.sortKeys = true
            return "---\n" + (try encoder.encode(report))
        }
    }
}
