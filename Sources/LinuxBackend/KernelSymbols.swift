import Glibc
import Synchronization

/// Names for addresses in the kernel, from /proc/kallsyms. Read only when an address turns up that has no
/// name yet; the file is megabytes long and nothing of it is kept but the answers. Without CAP_SYSLOG its
/// addresses are noughts and nothing is found.
package final class KernelSymbols: Sendable {
    private let path: String
    /// Nil for an address that was searched and has no name.
    private let known = Mutex<[UInt64: String?]>([:])

    package init(path: String = "/proc/kallsyms") {
        self.path = path
    }

    /// Whether addresses can be told from each other at all.
    package var isReadable: Bool {
        guard let file = fopen(path, "r") else { return false }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 1024)
        for _ in 0..<64 where fgets(&line, Int32(line.count), file) != nil {
            if strtoull(line, nil, 16) != 0 { return true }
        }
        return false
    }

    /// Whether the kernel or a module of it has a symbol of this name. Names can be read by everybody.
    func contains(_ name: String) -> Bool {
        guard let file = fopen(path, "r") else { return false }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 1024)
        while fgets(&line, Int32(line.count), file) != nil {
            let found = line.withUnsafeBufferPointer { text -> Bool in
                guard let base = text.baseAddress, let place = strstr(base, name) else {
                    return false
                }
                let next = place[name.utf8.count]
                return place > base && place[-1] == 0x20 && (next == 0x0a || next == 0x09)
            }
            if found { return true }
        }
        return false
    }

    /// The function each address lies in; an address without one is left out.
    package func names(for addresses: Set<UInt64>) -> [UInt64: String] {
        let missing = known.withLock { known in addresses.filter { known[$0] == nil } }
        if !missing.isEmpty {
            let found = search(missing.sorted())
            known.withLock { known in
                for address in missing { known[address] = .some(found[address]) }
            }
        }
        return known.withLock { known in
            known.filter { addresses.contains($0.key) }.compactMapValues { $0 }
        }
    }

    /// Where each function's code begins, and where the next function's does; functions that are not in the
    /// kernel now (their module is not loaded) are left out. Of functions with one name it is the first.
    package func ranges(of functions: Set<String>) -> [String: Range<UInt64>] {
        var starts: [String: UInt64] = [:]
        forEachFunction { start, name in
            let text = String(cString: name).prefix { !$0.isWhitespace }
            if functions.contains(String(text)), starts[String(text)] == nil {
                starts[String(text)] = start
            }
        }
        let open = starts.sorted { $0.value < $1.value }
        var ends = open.map { _ in UInt64.max }
        forEachFunction { start, _ in
            for place in open.indices where start > open[place].value && start < ends[place] {
                ends[place] = start
            }
        }
        return Dictionary(
            uniqueKeysWithValues: zip(open, ends).map { ($0.key, $0.value..<$1) })
    }

    /// The file is not sorted, so each line is held against every address; they are few.
    private func search(_ addresses: [UInt64]) -> [UInt64: String] {
        var best: [(start: UInt64, name: String)] = addresses.map { _ in (0, "") }
        forEachFunction { start, name in
            for place in addresses.indices
            where start <= addresses[place] && start > best[place].start {
                let name = String(cString: name).prefix { !$0.isWhitespace }
                best[place] = (start, String(name))
            }
        }
        return Dictionary(
            zip(addresses, best).compactMap { address, symbol in
                symbol.start > 0 ? (address, symbol.name) : nil
            }, uniquingKeysWith: { first, _ in first })
    }

    /// Calls `body` with every function's address and name, behind which the line goes on.
    private func forEachFunction(_ body: (UInt64, UnsafePointer<CChar>) -> Void) {
        guard let file = fopen(path, "r") else { return }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 1024)
        while fgets(&line, Int32(line.count), file) != nil {
            line.withUnsafeMutableBufferPointer { text in
                guard let base = text.baseAddress else { return }
                var end: UnsafeMutablePointer<CChar>?
                let start = strtoull(base, &end, 16)
                guard let end, start > 0, end[0] == 0x20, end[1] == 0x74 || end[1] == 0x54 else {
                    return
                }
                body(start, end + 3)
            }
        }
    }
}
