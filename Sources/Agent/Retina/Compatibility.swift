/// Another agent whose metrics ours can be had as.
package enum Compatibility: String, LosslessStringConvertible, Sendable, Hashable {
    case retina

    package init?(_ description: String) { self.init(rawValue: description) }
    package var description: String { rawValue }
}
