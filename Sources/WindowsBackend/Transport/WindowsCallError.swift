/// A call into Windows, or a program of it, that brought no answer.
package struct WindowsCallError: Error, Equatable, CustomStringConvertible {
    package enum Cause: Equatable, Sendable {
        /// The call failed with this code.
        case result(HRESULT)
        /// The call said why: HCN's ErrorRecord, which is JSON. The code may be S_OK.
        case refused(HRESULT, record: String)
        /// A program ended with a status other than 0, after it had said this much.
        case exit(UInt32, said: String)
        /// A program was ended because it took longer.
        case timeout(seconds: Int)
        /// More came back than is ever read.
        case tooLong(limit: Int)
    }

    /// The function or the command line: `HcnEnumerateEndpoints`, `vfpctrl /list-vmswitch-port`.
    package let call: String
    package let cause: Cause

    package init(_ call: String, _ cause: Cause) {
        self.call = call
        self.cause = cause
    }

    /// What was asked for does not exist, as far as the code tells.
    package var isNotFound: Bool {
        switch cause {
        case .result(let result), .refused(let result, _): result.isNotFound
        // ERROR_FILE_NOT_FOUND: vfpctrl's answer for a port that is gone.
        case .exit(let status, _): status == 2
        case .timeout, .tooLong: false
        }
    }

    /// This system does not have it, and will not have it while the agent runs.
    package var isPermanent: Bool {
        guard case .result(let result) = cause else { return false }
        return result.isPermanent
    }

    package var description: String {
        switch cause {
        case .result(let result): "\(call): \(result)"
        case .refused(let result, let record): "\(call): \(result): \(record)"
        case .exit(let status, let said):
            "\(call): exit status \(status)" + (said.isEmpty ? "" : ": \(said)")
        case .timeout(let seconds): "\(call): no answer in \(seconds) s; ended"
        case .tooLong(let limit): "\(call): more than \(limit) bytes"
        }
    }
}

extension HRESULT {
    /// By the code of an element or of an object of HNS.
    package var isNotFound: Bool {
        [
            .elementNotFound, .networkNotFound, .endpointNotFound, .portNotFound,
        ].contains(self)
    }

    /// What is missing is a part of Windows or a right.
    package var isPermanent: Bool {
        [.notImplemented, .accessDenied, .fileNotFound, .moduleNotFound, .exportNotFound]
            .contains(self)
    }
}
