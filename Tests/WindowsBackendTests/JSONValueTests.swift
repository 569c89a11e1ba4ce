import Testing
import WindowsBackend

@Suite struct JSONValueTests {
    static let values: [(String, JSONValue)] = [
        ("null", .null), ("true", .bool(true)), (" \t\r\nfalse ", .bool(false)),
        ("0", .count(0)), ("18446744073709551615", .count(.max)),
        ("18446744073709551616", .number(18_446_744_073_709_551_616)),
        ("-1", .number(-1)), ("1.5", .number(1.5)), ("2e3", .number(2000)), ("1E-2", .number(0.01)),
        ("\"\"", .string("")), (#""a\"\\\/\b\f\n\r\tz""#, .string("a\"\\/\u{8}\u{C}\n\r\tz")),
        (#""\u00e9\u4e2D""#, .string("é中")), (#""\ud83d\ude00!""#, .string("😀!")),
        (#""\ud83d""#, .string("\u{FFFD}")), (#""\ude00x\u0041""#, .string("\u{FFFD}xA")),
        ("[]", .array([])), ("[1 , [ ], {}]", .array([.count(1), .array([]), .object([])])),
        (
            #"{"a":1 , "b" : [null]}"#,
            .object([.init("a", .count(1)), .init("b", .array([.null]))])
        ),
    ]

    @Test("every form of value is read", arguments: values)
    func reads(_ text: String, _ value: JSONValue) throws {
        #expect(try JSONValue(parsing: Array(text.utf8)) == value)
    }

    static let malformed: [(String, Int)] = [
        ("", 0), ("  ", 2), ("nul", 0), ("truth", 0), ("01", 1), ("-", 1), ("1.", 2), ("1e+", 3),
        ("+1", 0), (".5", 0), ("\"a", 2), ("\"a\\", 3), (#""\x""#, 2), (#""\u12""#, 5),
        (#""\u00"#, 5), (#""\ud83d\"#, 8), ("\"a\u{1}\"", 2), ("[1", 2), ("[1,]", 3), ("[1 2]", 3),
        ("{", 1), ("{1:2}", 1), (#"{"a"}"#, 4), (#"{"a":}"#, 5), (#"{"a":1,}"#, 7), ("1 1", 2),
        ("]", 0), ("\u{FEFF}1", 0),
    ]

    @Test("what is not JSON is refused, with the place", arguments: malformed)
    func refuses(_ text: String, _ offset: Int) throws {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: Array(text.utf8)) }
        #expect(error?.offset == offset)
    }

    @Test("invalid UTF-8 in a string costs no more than itself")
    func repairsText() throws {
        let bytes = Array(#"{"a":""#.utf8) + [0xFF] + Array(#"b","n":7}"#.utf8)
        let value = try JSONValue(parsing: bytes)
        #expect(value["a"] == .string("\u{FFFD}b"))
        #expect(value["n"] == .count(7))
    }

    @Test("nesting is limited, so that no input exhausts the stack")
    func limitsDepth() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array(
                (String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        #expect(throws: Never.self) { try JSONValue(parsing: nested(65)) }
        for depth in [66, 1_000_000] {
            let error = #expect(throws: JSONError.self) { try JSONValue(parsing: nested(depth)) }
            #expect(error?.problem == "nested more than 64 deep")
            #expect(error?.offset == 65)
        }
    }

    @Test("a name is found in any case, the exact one first, and null is nothing")
    func findsNames() throws {
        let value = try JSONValue(parsing: Array(#"{"id":1,"ID":2,"Name":null,"É":3}"#.utf8))
        #expect(value["ID"] == .count(2))
        #expect(value["Id"] == .count(1))
        #expect(value["NAME"] == nil)
        #expect(value["é"] == nil)
        #expect(value["other"] == nil)
        #expect(JSONValue.count(1)["id"] == nil)
    }
}
