/// How a call into Windows ended, where it failed. Named codes are the ones we act upon or are
/// likely to meet.
package struct HRESULT: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// As C gives it: negative is failure.
    package init(_ result: Int32) { self.init(rawValue: UInt32(bitPattern: result)) }

    package var isFailure: Bool { rawValue & 0x8000_0000 != 0 }

    package static let notImplemented = HRESULT(rawValue: 0x8000_4001)
    package static let accessDenied = HRESULT(rawValue: 0x8007_0005)
    /// ERROR_FILE_NOT_FOUND: no such program.
    package static let fileNotFound = HRESULT(rawValue: 0x8007_0002)
    /// ERROR_INVALID_DATA.
    package static let invalidData = HRESULT(rawValue: 0x8007_000D)
    package static let moduleNotFound = HRESULT(rawValue: 0x8007_007E)
    package static let exportNotFound = HRESULT(rawValue: 0x8007_007F)
    /// ERROR_MORE_DATA.
    package static let moreData = HRESULT(rawValue: 0x8007_00EA)
    package static let elementNotFound = HRESULT(rawValue: 0x8007_0490)
    /// ERROR_TIMEOUT.
    package static let timeout = HRESULT(rawValue: 0x8007_05B4)
    /// HNS is stopped, or starting again.
    package static let serverUnavailable = HRESULT(rawValue: 0x8007_06BA)
    /// HCN_E_NETWORK_NOT_FOUND.
    package static let networkNotFound = HRESULT(rawValue: 0x803B_0001)
    /// HCN_E_PORT_NOT_FOUND.
    package static let portNotFound = HRESULT(rawValue: 0x803B_0007)
    /// HCN_E_ENDPOINT_NOT_FOUND.
    package static let endpointNotFound = HRESULT(rawValue: 0x803B_0002)

    /// `0x803B0002`.
    package var code: String {
        let digits = String(rawValue, radix: 16, uppercase: true)
        return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
    }

    package var description: String { Self.names[self].map { "\(code) (\($0))" } ?? code }

    private static let names: [HRESULT: String] = [
        notImplemented: "not on Windows",
        accessDenied: "access denied; HNS answers NT AUTHORITY\\SYSTEM and administrators",
        moduleNotFound: "no such DLL; HNS needs the Containers or Hyper-V feature",
        exportNotFound: "the DLL has no such function on this version of Windows",
        fileNotFound: "no such program or file",
        elementNotFound: "not found",
        serverUnavailable: "the HNS service does not run",
        endpointNotFound: "no such endpoint",
    ]
}
