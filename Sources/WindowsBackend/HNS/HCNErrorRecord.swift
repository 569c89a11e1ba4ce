/// Why version 2 of HNS's API refused: the ErrorRecord beside an HRESULT. Its form is documented nowhere (what is read
/// is what issues of microsoft/hcsshim show), and so every part of it may be missing.
package struct HCNErrorRecord: Equatable, Sendable {
    /// In the system's language.
    package let message: String?
    package let code: HRESULT?

    /// A text that is no JSON object says nothing that is known.
    package init(parsing text: String) {
        let document = try? JSONValue(parsing: Array(text.utf8))
        let message = document?["Error"]?.text
        self.message = message?.isEmpty == false ? message : nil
        code = document?["ErrorCode"].flatMap(HRESULT.init(number:))
    }
}

extension HRESULT {
    /// As JSON has it, signed or not; nil for anything else.
    init?(number: JSONValue) {
        switch number {
        case .count(let code):
            guard let code = UInt32(exactly: code) else { return nil }
            self.init(rawValue: code)
        case .number(let code):
            guard let code = Int32(exactly: code) else { return nil }
            self.init(code)
        default: return nil
        }
    }
}
