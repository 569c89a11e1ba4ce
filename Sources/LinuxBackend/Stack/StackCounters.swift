/// What a network namespace's protocols have counted: /proc/net/snmp, netstat and snmp6
/// (net/ipv4/proc.c, net/ipv6/proc.c). A counter that this kernel does not have is absent and not nought.
package struct StackCounters: Sendable, Equatable {
    package private(set) var values: [StackCounter: UInt64] = [:]

    package init() {}

    /// Reads the three files in turn; one that is empty, as snmp6 is without IPv6, adds nothing.
    package init(
        snmp: [UInt8], netstat: [UInt8], snmp6: [UInt8]
    ) throws(TextDecodingError) {
        try readTables(snmp, of: "net/snmp")
        try readTables(netstat, of: "net/netstat")
        try readPairs(snmp6, of: "net/snmp6")
    }

    package subscript(_ counter: StackCounter) -> UInt64? {
        get { values[counter] }
        set { values[counter] = newValue }
    }

    /// Two lines a table: `Tcp: RtoMin RetransSegs` and below it `Tcp: 200 17`.
    private mutating func readTables(
        _ bytes: [UInt8], of file: StaticString
    ) throws(TextDecodingError) {
        var lines = TextLines(bytes, of: file)
        while var header = lines.next() {
            let table = try header.word("a table's name")
            guard var row = lines.next() else { throw lines.error("a table without numbers") }
            guard try row.word("a table's name").elementsEqual(table),
                table.last == UInt8(ascii: ":")
            else { throw lines.error("numbers of another table") }
            while let name = header.nextWord() {
                let word = try row.word("as many numbers as names")
                guard let counter = StackCounter(table: table.dropLast(), column: name) else {
                    continue
                }
                guard let number = TextLines.count(word) else { throw lines.error("no number") }
                values[counter] = number
            }
            guard row.nextWord() == nil else { throw lines.error("more numbers than names") }
        }
    }

    /// A name and a number a line: `Udp6NoPorts   17`.
    private mutating func readPairs(
        _ bytes: [UInt8], of file: StaticString
    ) throws(TextDecodingError) {
        var lines = TextLines(bytes, of: file)
        while var line = lines.next() {
            let name = try line.word("a name")
            let word = try line.word("a number")
            guard let counter = StackCounter(table: [], column: name) else { continue }
            guard let number = TextLines.count(word) else { throw lines.error("no number") }
            values[counter] = number
        }
    }
}

extension StackCounter {
    /// Names are compared as bytes: a namespace has some three hundred, of which we want one in three.
    fileprivate init?(table: ArraySlice<UInt8>, column: ArraySlice<UInt8>) {
        let hash = Self.hash(column, from: Self.hash(table, from: Self.offset))
        guard let counter = Self.byHash[hash],
            counter.rawValue.utf8.count == table.count + column.count,
            counter.rawValue.utf8.starts(with: table),
            counter.rawValue.utf8.dropFirst(table.count).elementsEqual(column)
        else { return nil }
        self = counter
    }

    /// No two of them have the same; a test says so.
    static let byHash = Dictionary(
        allCases.map { (hash(Array($0.rawValue.utf8)[...], from: offset), $0) },
        uniquingKeysWith: { first, _ in first })

    private static let offset: UInt64 = 0xcbf2_9ce4_8422_2325

    /// FNV-1a.
    private static func hash(_ bytes: ArraySlice<UInt8>, from start: UInt64) -> UInt64 {
        bytes.reduce(start) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
