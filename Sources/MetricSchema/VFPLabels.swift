/// What became of a packet that met a rule of VFP.
package enum VFPRuleOutcome: String, ClosedLabel {
    /// Those that were dropped too.
    case matched
    case dropped
    package static var name: String { "outcome" }
}

/// A rule of VFP with its layer and group, or all rules of an endpoint that have no series of their own, which is
/// written as `overflow="true"`.
package struct VFPRule: Label, Hashable {
    package static var names: [String] { ["layer", "group", "rule"] }
    private struct Texts: Hashable {
        let layer: String
        let group: String
        let rule: String
    }
    private let texts: Texts?

    package init(layer: String, group: String, rule: String) {
        texts = Texts(layer: layer, group: group, rule: rule)
    }

    private init() { texts = nil }
    package static let overflow = VFPRule()

    package func write(to text: inout LabelText) {
        if let texts {
            text.append(name: "layer", value: texts.layer)
            text.append(name: "group", value: texts.group)
            text.append(name: "rule", value: texts.rule)
        } else {
            text.append(name: "overflow", value: "true")
        }
    }
}
