/// What sockets and fragments take, from /proc/net/sockstat and sockstat6 (net/ipv4/proc.c). Numbers of TCP and
/// UDP are of all namespaces together; fragments are the namespace's own.
package struct SocketMemory: Sendable, Equatable {
    package var tcpOrphans: UInt64 = 0
    /// In pages.
    package var tcpPages: UInt64 = 0
    package var udpPages: UInt64 = 0
    /// In bytes.
    package var fragmentBytes: UInt64 = 0
    package var fragmentBytes6: UInt64 = 0

    /// `sockstat6` is empty without IPv6.
    package init(sockstat: [UInt8], sockstat6: [UInt8]) throws(TextDecodingError) {
        try read(sockstat, of: "net/sockstat")
        try read(sockstat6, of: "net/sockstat6")
    }

    /// `TCP: inuse 7 orphan 0 tw 2 alloc 9 mem 1`: names and numbers in turn.
    private mutating func read(
        _ bytes: [UInt8], of file: StaticString
    ) throws(TextDecodingError) {
        var lines = TextLines(bytes, of: file)
        while var line = lines.next() {
            let protocolName = String(decoding: try line.word("a protocol"), as: UTF8.self)
            while let name = line.nextWord() {
                guard let number = TextLines.count(try line.word("a number")) else {
                    throw lines.error("no number")
                }
                switch (protocolName, String(decoding: name, as: UTF8.self)) {
                case ("TCP:", "orphan"): tcpOrphans = number
                case ("TCP:", "mem"): tcpPages = number
                case ("UDP:", "mem"): udpPages = number
                case ("FRAG:", "memory"): fragmentBytes = number
                case ("FRAG6:", "memory"): fragmentBytes6 = number
                default: break
                }
            }
        }
    }
}
