/// Columns as wide as their longest cell, three spaces between them, as kubectl has it.
struct Table {
    struct Column {
        let header: String
        var isNumber = false
    }

    private let columns: [Column]
    private var rows: [[String]] = []

    init(_ columns: [Column]) {
        self.columns = columns
    }

    /// A cell for each column; an empty one is shown as `-`.
    mutating func add(_ cells: [String]) {
        rows.append(cells.map { $0.isEmpty ? "-" : $0 })
    }

    var text: String {
        let lines = [columns.map(\.header)] + rows
        let widths = columns.indices.map { place in
            lines.map { $0[place].count }.max() ?? 0
        }
        return lines.map { cells in
            var line = ""
            for (place, cell) in cells.enumerated() {
                let space = String(repeating: " ", count: widths[place] - cell.count)
                line += columns[place].isNumber ? space + cell : cell + space
                if place + 1 < cells.count { line += "   " }
            }
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}

extension Double {
    /// `0`, `0.3`, `12`, `3.4k`, `120M`: three places at most, decimal units.
    var short: String {
        for (unit, suffix) in [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")]
        where magnitude >= unit * 0.9995 {
            return Self.places(self / unit) + suffix
        }
        return Self.places(self)
    }

    /// A count, with a point only where it has a part.
    var whole: String { UInt64(exactly: self).map { "\($0)" } ?? "\(self)" }

    private static func places(_ value: Double) -> String {
        if value == 0 { return "0" }
        if value < 0.1 { return "<0.1" }
        if value >= 99.95 { return "\(Int(value.rounded()))" }
        let tenths = (value * 10).rounded() / 10
        return tenths == tenths.rounded() ? "\(Int(tenths))" : "\(tenths)"
    }
}
