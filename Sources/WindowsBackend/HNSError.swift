/// A request to HNS that brought no answer, or none that can be used.
package struct HNSError: Error, Equatable, CustomStringConvertible {
    package enum Cause: Equatable, Sendable {
        /// The call itself failed.
        case result(HRESULT)
        /// HNS answered that it would not, in its own words; these are in the system's language.
        case refused(String, HRESULT?)
        /// The answer is not what it should be.
        case malformed(String)
    }

    /// Method and path, as `GET /endpoints/`.
    package let request: String
    package let cause: Cause

    package init(_ request: String, _ cause: Cause) {
        self.request = request
        self.cause = cause
    }

    /// What was asked for does not exist, as far as the code tells.
    package var isNotFound: Bool {
        switch cause {
        case .result(let result), .refused(_, let result?):
            result == .elementNotFound || result == .endpointNotFound
        default: false
        }
    }

    /// This system has no HNS for us, and will not have one while the agent runs. Anything else may
    /// pass.
    package var isPermanent: Bool {
        guard case .result(let result) = cause else { return false }
        return [.notImplemented, .accessDenied, .moduleNotFound, .exportNotFound].contains(result)
    }

    package var description: String {
        switch cause {
        case .result(let result): "HNSCall(\(request)): \(result)"
        case .refused(let text, let result?): "HNSCall(\(request)): refused: \(text) (\(result))"
        case .refused(let text, nil): "HNSCall(\(request)): refused: \(text)"
        case .malformed(let problem): "HNSCall(\(request)): \(problem)"
        }
    }
}
