/// One processor's part of the receive path, from /proc/net/softnet_stat (net/core/net-procfs.c). The kernel
/// writes hexadecimal numbers of 32 bits, one line for each processor that is online, and appends columns:
/// the backlog's length and the processor's number came with Linux 5.10.
package struct SoftnetRow: Sendable, Equatable {
    package let cpu: Int
    package let processed: UInt32
    /// Dropped for want of room in the backlog.
    package let dropped: UInt32
    package let timeSqueeze: UInt32
    package let receivedRPS: UInt32
    package let flowLimited: UInt32
    /// Nil where the kernel does not say.
    package let backlog: UInt32?

    package static func all(in bytes: [UInt8]) throws(TextDecodingError) -> [SoftnetRow] {
        var lines = TextLines(bytes, of: "net/softnet_stat")
        var rows: [SoftnetRow] = []
        while var line = lines.next() {
            var columns: [UInt32] = []
            while let word = line.nextWord() {
                guard let number = TextLines.hexadecimal(word), let column = UInt32(exactly: number)
                else { throw lines.error("no hexadecimal number of 32 bits") }
                columns.append(column)
            }
            guard columns.count >= 10 else { throw lines.error("fewer than ten columns") }
            rows.append(SoftnetRow(columns, line: rows.count))
        }
        return rows
    }

    private init(_ columns: [UInt32], line: Int) {
        cpu = columns.count > 12 ? Int(columns[12]) : line
        processed = columns[0]
        dropped = columns[1]
        timeSqueeze = columns[2]
        receivedRPS = columns[9]
        flowLimited = columns.count > 10 ? columns[10] : 0
        backlog = columns.count > 11 ? columns[11] : nil
    }
}
