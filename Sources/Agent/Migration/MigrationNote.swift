/// What is to be said of one setting that was not simply translated.
package struct MigrationNote: Sendable, Equatable, CustomStringConvertible {
    package enum Kind: String, Sendable {
        /// There is nothing to set for it here, and nothing is missing without.
        case needless = "not needed"
        /// Something it did is not done here.
        case lost
        /// Something has to be done by hand.
        case open = "to do"
    }

    package let file: String
    package let line: Int
    /// As it is called in the source.
    package let setting: String
    package let kind: Kind
    package let text: String

    package var description: String { "\(file):\(line): \(setting): \(kind.rawValue): \(text)" }
}

/// A file of ours that came of it.
package struct MigratedFile: Sendable, Equatable {
    package let name: String
    package let text: String
}
