/// A JSON document. Numbers that are whole and not negative stay exact up to 2^64 - 1, since
/// counters are such numbers.
package enum JSONValue: Equatable, Sendable {
    case null
    case bool(Bool)
    case count(UInt64)
    /// Any other number: negative, fractional, written with an exponent, or 2^64 and above.
    case number(Double)
    case string(String)
    case array([JSONValue])
    /// In the order of the text; a name may come twice.
    case object([Member])

    package struct Member: Equatable, Sendable {
        package let name: String
        package let value: JSONValue

        package init(_ name: String, _ value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    package init(parsing bytes: [UInt8]) throws(JSONError) {
        var reader = JSONReader(bytes)
        self = try reader.document()
    }

    /// The member of that name; where there is none, the first one whose name differs in the case
    /// of ASCII letters only, because HNS spells one name `ID` here and `Id` there. nil where it is
    /// null: HNS leaves out what is empty, so null and nothing mean the same.
    package subscript(_ name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        let found =
            members.first { $0.name == name }
            ?? members.first { $0.name.isEqual(ignoringCaseOf: name) }
        guard let value = found?.value, value != .null else { return nil }
        return value
    }
}

/// Text that is not JSON, and where that shows.
package struct JSONError: Error, Equatable, CustomStringConvertible {
    package let problem: String
    /// In bytes from the beginning.
    package let offset: Int

    package var description: String { "\(problem) at byte \(offset)" }
}

extension String {
    /// Letters outside of ASCII differ by case.
    func isEqual(ignoringCaseOf other: String) -> Bool {
        utf8.elementsEqual(other.utf8) { $0.lowercased == $1.lowercased }
    }
}

extension UInt8 {
    var lowercased: UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self
    }
}
