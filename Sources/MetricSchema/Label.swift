/// One dimension of a metric: a name, and a type of its own so that two labels cannot change places.
package protocol Label: Sendable {
    /// Label names in the order they are written. Most labels are one; an identity is several.
    static var names: [String] { get }
    /// Every value the label can have, where the schema fixes them.
    static var closedValues: [String]? { get }
    /// Values in the order of `names`, each given to `text` by `append(name:value:)`.
    func write(to text: inout LabelText)
}

extension Label {
    package static var closedValues: [String]? { nil }
}

/// A label whose values are an enumeration.
package protocol ClosedLabel: Label, CaseIterable, RawRepresentable where RawValue == String {
    static var name: String { get }
}

extension ClosedLabel {
    package static var names: [String] { [name] }
    package static var closedValues: [String]? { allCases.map(\.rawValue) }

    package func write(to text: inout LabelText) {
        text.append(name: Self.name, value: rawValue)
    }
}

/// A label whose values are known only at run time.
package protocol OpenLabel: Label {
    static var name: String { get }
    var value: String { get }
}

extension OpenLabel {
    package static var names: [String] { [name] }

    package func write(to text: inout LabelText) {
        text.append(name: Self.name, value: value)
    }
}
