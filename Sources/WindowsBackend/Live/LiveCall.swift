import CWindowsNet

/// Takes what a C function of CWindowsNet leaves behind, and frees it on every path.
enum LiveCall {
    /// Bytes that `body` fills in.
    static func bytes(
        _ call: @autoclosure () -> String,
        _ body: (UnsafeMutablePointer<fovea_bytes>) -> fovea_hresult
    ) throws(WindowsCallError) -> [UInt8] {
        var bytes = fovea_bytes()
        let result = HRESULT(body(&bytes))
        defer { fovea_bytes_free(&bytes) }
        if result.isFailure { throw WindowsCallError(call(), .result(result)) }
        return Array(UnsafeBufferPointer(start: bytes.data, count: bytes.count))
    }

    /// UTF-8 of HCN's answer. An error record that says something is a failure even with S_OK
    /// (microsoft/hcsshim, hcn/hcnerrors.go).
    static func answer(
        _ call: @autoclosure () -> String,
        _ body: (UnsafeMutablePointer<fovea_answer>) -> fovea_hresult
    ) throws(WindowsCallError) -> [UInt8] {
        var answer = fovea_answer()
        let result = HRESULT(body(&answer))
        defer { fovea_answer_free(&answer) }
        if let record = answer.error_record.map(utf8), !record.isEmpty {
            let text = String(decoding: record, as: UTF8.self)
            throw WindowsCallError(call(), .refused(result, record: text))
        }
        if result.isFailure { throw WindowsCallError(call(), .result(result)) }
        return answer.text.map(utf8) ?? []
    }

    /// Strings one behind the other, each with a zero.
    static func strings(_ texts: [String]) -> [UInt16] {
        texts.flatMap { Array($0.utf16) + [0] }
    }

    private static func utf8(_ text: UnsafeMutablePointer<UInt16>) -> [UInt8] {
        Array(String(decodingCString: text, as: UTF16.self).utf8)
    }
}
