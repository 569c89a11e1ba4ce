import ArgumentParser
import Glibc
import LinuxBackend
import Logging
import Observability

/// Time and memory of a dump of a big connection table, beside `conntrack -L` of the same.
struct ConntrackBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conntrack",
        abstract: "Dumps a table of half a million connections. Needs root and Debian's conntrack.",
        discussion: """
            The table is a namespace's of its own, which goes again. While it is there the node's limit \
            (nf_conntrack_max) is raised, where it is too low; afterwards it is as before.
            """)

    @Option(help: "Connections in the table.") var entries = 500_000
    @Option(help: "Rounds; the median is shown.") var rounds = 5

    func run() throws {
        let limit = try ConntrackLimit(atLeast: entries + 1000)
        defer { limit.restore() }
        let namespace = "fovea-bench"
        _ = try? Command.run(["ip", "netns", "del", namespace])
        try Command.run(["ip", "netns", "add", namespace])
        defer { _ = try? Command.run(["ip", "netns", "del", namespace]) }
        let path = "/run/netns/\(namespace)"
        try NamespaceEntry.run(in: path) { try ConntrackFiller.fill(entries) }

        var ours: [Double] = []
        var theirs: [Double] = []
        var census: ConntrackCensus?
        var peak = 0
        var theirPeak = 0
        for _ in 0..<rounds {
            let before = try Memory.resetPeak()
            ours.append(
                try milliseconds {
                    census = try NamespaceEntry.run(in: path) {
                        try ConntrackCensus.live(IdentityIndex().current)
                    }
                })
            peak = max(peak, try Memory.peak() - before)
            theirs.append(
                try milliseconds {
                    theirPeak = max(
                        theirPeak,
                        try Command.run([
                            "ip", "netns", "exec", namespace, "conntrack", "-L",
                        ]).peakKilobytes)
                })
        }
        print("\(census?.entries ?? 0) connections, median of \(rounds) rounds, interleaved")
        print("fovea         \(text(median(ours))) ms, \(peak) kB over what it had before")
        print("conntrack -L  \(text(median(theirs))) ms, \(theirPeak) kB in all")
    }

    private func milliseconds(_ body: () throws -> Void) rethrows -> Double {
        try ContinuousClock().measure(body).seconds * 1000
    }

    private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    private func text(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}

/// The most connections a table may have, for all namespaces.
private struct ConntrackLimit {
    struct Unwritable: Error {}
    static let path = "/proc/sys/net/netfilter/nf_conntrack_max"
    let before: String?

    init(atLeast wanted: Int) throws {
        guard let text = Memory.text(Self.path), let now = Int(text) else { throw Unwritable() }
        before = now < wanted ? text : nil
        if now < wanted { try Self.set("\(wanted)") }
    }

    func restore() {
        if let before { try? Self.set(before) }
    }

    private static func set(_ value: String) throws {
        guard let file = fopen(path, "w") else { throw Unwritable() }
        let written = fputs(value, file)
        guard fclose(file) == 0, written >= 0 else { throw Unwritable() }
    }
}

/// This process's resident memory.
private enum Memory {
    struct Unreadable: Error {}

    static func text(_ path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, 256, file) != nil else { return nil }
        let bytes = line.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Forgets the highest so far; what there is now.
    static func resetPeak() throws -> Int {
        guard let file = fopen("/proc/self/clear_refs", "w") else { throw Unreadable() }
        fputs("5", file)
        fclose(file)
        return try kilobytes("VmRSS:")
    }

    static func peak() throws -> Int { try kilobytes("VmHWM:") }

    private static func kilobytes(_ name: String) throws -> Int {
        guard let file = fopen("/proc/self/status", "r") else { throw Unreadable() }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, 256, file) != nil {
            if strncmp(line, name, name.utf8.count) == 0 {
                return line.withUnsafeBufferPointer { text in
                    text.baseAddress.map { strtol($0 + name.utf8.count, nil, 10) } ?? 0
                }
            }
        }
        throw Unreadable()
    }
}

/// A program run to its end, what it says thrown away.
private enum Command {
    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    @discardableResult
    static func run(_ words: [String]) throws -> (peakKilobytes: Int, Void) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor: Int32 in 1...2 {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
        }
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var child: pid_t = 0
        guard posix_spawnp(&child, words[0], &actions, nil, &arguments, environ) == 0 else {
            throw Failed(description: "cannot run \(words[0])")
        }
        var status: Int32 = 0
        var usage = rusage()
        while wait4(child, &status, 0, &usage) < 0 && errno == EINTR {}
        guard status == 0 else { throw Failed(description: words.joined(separator: " ")) }
        return (usage.ru_maxrss, ())
    }
}
