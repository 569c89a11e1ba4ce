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

    /// What was asked for does not exist, as far as codes tell.
    package var isNotFound: Bool {
        // ERROR_FILE_NOT_FOUND: vfpctrl's answer for a port that is gone.
        if case .exit(let status, _) = cause { return status == 2 }
        return codes.contains(where: \.isNotFound)
    }

    /// This system does not have it, and will not have it while the agent runs.
    package var isPermanent: Bool { codes.contains(where: \.isPermanent) }

    /// The call's own and that of HCN's record, which may be the only one of a failure.
    private var codes: [HRESULT] {
        switch cause {
        case .result(let result): [result]
        case .refused(let result, let record):
            [result] + [HCNErrorRecord(parsing: record).code].compactMap(\.self)
        case .exit, .timeout, .tooLong: []
        }
    }

    package var description: String {
        switch cause {
        case .result(let result): return "\(call): \(result)"
        case .refused(let result, let text):
            let record = HCNErrorRecord(parsing: text)
            let code = result.isFailure ? result : record.code ?? result
            return "\(call): \(code): \(record.message ?? text)"
        case .exit(let status, let said):
            return "\(call): exit status \(status)" + (said.isEmpty ? "" : ": \(said)")
        case .timeout(let seconds): return "\(call): no answer in \(seconds) s; ended"
        case .tooLong(let limit): return "\(call): more than \(limit) bytes"
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
