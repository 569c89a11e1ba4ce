/// Chooses objects by their labels; an empty one chooses all of them.
package struct LabelSelector: Sendable, Equatable, Decodable {
    package struct Expression: Sendable, Equatable, Decodable {
        package enum Operator: String, Sendable, Decodable {
            case isIn = "In"
            case isNotIn = "NotIn"
            case exists = "Exists"
            case doesNotExist = "DoesNotExist"
        }

        package let key: String
        package let `operator`: Operator
        package let values: [String]?

        /// An object without the key is not in any set of values: `NotIn` chooses it.
        func matches(_ value: String?) -> Bool {
            switch `operator` {
            case .isIn: value.map { values?.contains($0) ?? false } ?? false
            case .isNotIn: value.map { !(values?.contains($0) ?? false) } ?? true
            case .exists: value != nil
            case .doesNotExist: value == nil
            }
        }
    }

    package let matchLabels: [String: String]?
    package let matchExpressions: [Expression]?

    package var isEmpty: Bool {
        (matchLabels ?? [:]).isEmpty && (matchExpressions ?? []).isEmpty
    }

    /// `label` gives an object's value for a key.
    package func matches(_ label: (String) -> String?) -> Bool {
        (matchLabels ?? [:]).allSatisfy { label($0.key) == $0.value }
            && (matchExpressions ?? []).allSatisfy { $0.matches(label($0.key)) }
    }
}
