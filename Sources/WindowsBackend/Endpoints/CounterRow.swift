/// One reading of an object's counters, a place for each case of `Column`; nil where there is no number
/// to read.
package struct CounterRow<Column>: Equatable, Sendable
where Column: CaseIterable & RawRepresentable & Sendable, Column.RawValue == Int {
    package private(set) var values: [UInt64?]

    package init(repeating value: UInt64? = nil) {
        values = Array(repeating: value, count: Column.allCases.count)
    }

    package subscript(_ column: Column) -> UInt64? {
        get { values[column.rawValue] }
        set { values[column.rawValue] = newValue }
    }
}
