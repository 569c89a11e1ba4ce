import CWindowsNet

/// HNSCall of vmcompute.dll. Anywhere but on Windows every call fails with E_NOTIMPL.
package struct LiveHNS: HNSTransport {
    package init() {}

    package func call(_ method: String, _ path: String) throws(HNSError) -> [UInt8] {
        var response: UnsafeMutablePointer<UInt16>?
        let result = HRESULT(
            fovea_hns_call(Array(method.utf16) + [0], Array(path.utf16) + [0], [0], &response))
        defer { fovea_text_free(response) }
        if result.isFailure { throw HNSError("\(method) \(path)", .result(result)) }
        guard let response else { return [] }
        return Array(String(decodingCString: response, as: UTF16.self).utf8)
    }
}
