import Observability

/// Replaces what identifies a node in text, whatever its form, and leaves the rest as it stands, to the byte:
/// the text may be in any code page.
struct TextScrubber {
    var book: AddressBook
    /// Names of the machine, in lower case.
    private let hosts: [[UInt8]]

    init(hostNames: [String], hashesNames: Bool) {
        book = AddressBook(hashesNames: hashesNames)
        hosts = hostNames.filter { $0.utf8.count > 2 }.map { Array($0.lowercased().utf8) }
            .sorted { $0.count > $1.count }
    }

    mutating func standIn(for address: IPAddress) -> IPAddress { book.standIn(for: address) }
    mutating func standIn(forMAC mac: UInt64) -> UInt64 { book.standIn(forMAC: mac) }
    mutating func standIn(forName name: String) -> String { book.standIn(forName: name) }

    mutating func scrub(_ text: String) -> String {
        String(decoding: scrub(Array(text.utf8)), as: UTF8.self)
    }

    mutating func scrub(_ text: [UInt8]) -> [UInt8] {
        addresses(in: names(in: hostNames(in: text)))
    }

    // MARK: Host names

    private func hostNames(in text: [UInt8]) -> [UInt8] {
        if hosts.isEmpty { return text }
        var scrubbed: [UInt8] = []
        scrubbed.reserveCapacity(text.count)
        var place = 0
        while place < text.count {
            let host = hosts.first { host in
                text.count - place >= host.count
                    && text[place..<place + host.count].elementsEqual(host) {
                        $0.lowercased == $1
                    }
            }
            if let host {
                scrubbed += Array("node".utf8)
                place += host.count
            } else {
                scrubbed.append(text[place])
                place += 1
            }
        }
        return scrubbed
    }
}
