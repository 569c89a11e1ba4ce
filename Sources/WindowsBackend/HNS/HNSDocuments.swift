/// Objects out of an array of documents: those that can be read, and how many cannot.
package struct HNSDocuments<Document: Sendable>: Sendable {
    package private(set) var all: [Document] = []
    package private(set) var unreadable = UnreadableValues()

    /// `Output` of a list of version 1; a node without any may answer nothing at all. A document that `read`
    /// gives nil for costs itself and is noted, unless it is `other` than what is asked for.
    package init(
        parsing fields: HNSFields, unless other: (JSONValue) -> Bool = { _ in false },
        _ read: (JSONValue, inout UnreadableValues) -> Document?
    ) throws(HNSError) {
        guard let output = fields.value, output != .null else { return }
        guard case .array(let values) = output else { throw fields.malformed("a list is no array") }
        for value in values {
            if let document = read(value, &unreadable) {
                all.append(document)
            } else if !other(value) {
                unreadable.note(fields.request)
            }
        }
    }
}
