/// Part of an answer of HNS, with typed access to its members. Members that are empty, zero or
/// false may be missing, and so may what holds them; a member of the wrong type is an error.
package struct HNSFields: Sendable {
    package let value: JSONValue?
    let request: String

    package init(_ value: JSONValue?, from request: String) {
        self.value = value
        self.request = request
    }

    /// What the envelope `{"Success": true, "Output": …}` holds. A request can fail with S_OK: then
    /// there is an `Error` in it and no `Success` (microsoft/hcsshim, internal/hns/hnsfuncs.go).
    package init(parsing bytes: [UInt8], from request: String) throws(HNSError) {
        let document: JSONValue
        do {
            document = try JSONValue(parsing: bytes)
        } catch {
            throw HNSError(request, .malformed("\(error)"))
        }
        let envelope = HNSFields(document, from: request)
        guard case .object = document else { throw envelope.malformed("the envelope is no object") }
        if try envelope.bool("Success") ?? false {
            self.init(document["Output"], from: request)
            return
        }
        let text = try envelope.string("Error")
        if text == nil, document["Success"] == nil {
            throw envelope.malformed("the envelope has neither Success nor Error")
        }
        // Only newer systems give a code; the refusal stands without it.
        let code = document["ErrorCode"].flatMap(HRESULT.init(number:))
        throw HNSError(request, .refused(text ?? "no reason given", code))
    }

    func string(_ name: String) throws(HNSError) -> String? {
        guard let member = value?[name] else { return nil }
        guard case .string(let text) = member else { throw malformed("\(name) is no string") }
        return text
    }

    func bool(_ name: String) throws(HNSError) -> Bool? {
        guard let member = value?[name] else { return nil }
        guard case .bool(let bool) = member else {
            throw malformed("\(name) is neither true nor false")
        }
        return bool
    }

    func count(_ name: String) throws(HNSError) -> UInt64? {
        guard let member = value?[name] else { return nil }
        guard case .count(let count) = member else { throw malformed("\(name) is no 64-bit count") }
        return count
    }

    func malformed(_ problem: String) -> HNSError {
        HNSError(request, .malformed(problem))
    }
}
