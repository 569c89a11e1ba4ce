import Foundation

extension Error {
    /// What the system says went wrong with a file; Foundation says it in more words that say less.
    package var reason: String {
        let cause = (self as? CocoaError)?.underlying ?? self
        guard let system = cause as? POSIXError else { return localizedDescription }
        return String(cString: strerror(system.code.rawValue))
    }
}
