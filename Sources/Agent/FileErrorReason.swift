import Foundation

extension Error {
    /// What the system says went wrong with a file; Foundation says it in more words that say less.
    package var reason: String {
        let error = self as NSError
        let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError ?? error
        guard cause.domain == NSPOSIXErrorDomain, let code = Int32(exactly: cause.code) else {
            return cause.localizedDescription
        }
        return String(cString: strerror(code))
    }
}
