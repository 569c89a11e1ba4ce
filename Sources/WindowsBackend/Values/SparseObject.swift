import Observability

/// A JSON object as Windows writes them: what is empty, zero or false may be left out, names vary in
/// case and sometimes in spelling. A value of the wrong type reads as missing and is noted.
struct SparseObject {
    let value: JSONValue

    /// Nil where `value` is no object.
    init?(_ value: JSONValue?) {
        guard let value, case .object = value else { return nil }
        self.value = value
    }

    /// The first of these names that is there.
    private func member(_ names: [String]) -> (name: String, value: JSONValue)? {
        for name in names {
            if let found = value[name] { return (name, found) }
        }
        return nil
    }

    private func read<T>(
        _ names: [String], _ unreadable: inout UnreadableValues, _ convert: (JSONValue) -> T?
    ) -> T? {
        guard let member = member(names) else { return nil }
        if let converted = convert(member.value) { return converted }
        unreadable.note(member.name)
        return nil
    }

    func string(_ names: String..., noting unreadable: inout UnreadableValues) -> String? {
        read(names, &unreadable) { value in
            if case .string(let text) = value { text } else { nil }
        }
    }

    func bool(_ names: String..., noting unreadable: inout UnreadableValues) -> Bool? {
        read(names, &unreadable) { value in
            if case .bool(let bool) = value { bool } else { nil }
        }
    }

    /// A count, which some versions write in quotes.
    func count(_ names: String..., noting unreadable: inout UnreadableValues) -> UInt64? {
        read(names, &unreadable, Self.count)
    }

    /// A whole number that fits; others are noted.
    func integer<I: FixedWidthInteger>(
        _ names: String..., as _: I.Type = I.self, noting unreadable: inout UnreadableValues
    ) -> I? {
        read(names, &unreadable) { Self.count($0).flatMap(I.init(exactly:)) }
    }

    /// A GUID; nil without a note where it is the empty one.
    func guid(_ names: String..., noting unreadable: inout UnreadableValues) -> GUID? {
        guard let text: String = read(names, &unreadable, { $0.text }) else { return nil }
        if text.isEmptyGUID { return nil }
        guard let guid = GUID(text) else {
            unreadable.note(names[0])
            return nil
        }
        return guid
    }

    /// Elements of an array; one that `convert` gives nil for is noted.
    func list<T>(
        _ names: String..., noting unreadable: inout UnreadableValues,
        _ convert: (JSONValue, inout UnreadableValues) -> T?
    ) -> [T] {
        let values: [JSONValue]? = read(names, &unreadable) { value in
            if case .array(let values) = value { values } else { nil }
        }
        var list: [T] = []
        for value in values ?? [] where value != .null {
            if let element = convert(value, &unreadable) {
                list.append(element)
            } else {
                unreadable.note(names[0])
            }
        }
        return list
    }

    func object(_ names: String..., noting unreadable: inout UnreadableValues) -> SparseObject? {
        read(names, &unreadable, SparseObject.init)
    }

    /// Elements that are objects; others are noted.
    func objects(_ name: String, noting unreadable: inout UnreadableValues) -> [SparseObject] {
        list(name, noting: &unreadable) { value, _ in SparseObject(value) }
    }

    private static func count(_ value: JSONValue) -> UInt64? {
        switch value {
        case .count(let count): count
        case .string(let text): UInt64(text)
        default: nil
        }
    }
}

extension JSONValue {
    var text: String? {
        if case .string(let text) = self { text } else { nil }
    }
}

extension String {
    /// No GUID at all, or the one of zeros.
    fileprivate var isEmptyGUID: Bool {
        utf8.allSatisfy { [UInt8(ascii: "0"), UInt8(ascii: "-")].contains($0) }
    }
}
