import Foundation
import TestSupport

/// Debian's unbound in a lab's namespace, with a zone of its own and nobody to ask further; gone when this goes.
final class Resolver {
    /// The programs that its tests need.
    static let isInstalled = ["unbound", "dnsperf"].allSatisfy { name in
        ["/usr/sbin/", "/usr/bin/"].contains { access($0 + name, X_OK) == 0 }
    }

    private let folder: URL
    private let server = Process()

    /// Serves once this returns.
    init(_ lab: Lab, _ place: Int) throws {
        folder = FileManager.default.temporaryDirectory.appending(
            path: "\(lab.hosts[place])-unbound")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(path: "unbound.conf")
        try Self.configuration(lab, place).write(to: file, atomically: true, encoding: .utf8)
        server.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        server.arguments = [
            "ip", "netns", "exec", lab.hosts[place], "/usr/sbin/unbound", "-d", "-c", file.path,
        ]
        server.standardError = FileHandle.nullDevice
        server.standardOutput = FileHandle.nullDevice
        try server.run()
        // Looks at sockets and not at answers: packets are what tests count.
        for _ in 0..<500 {
            if try lab.inside(place, "cat", "/proc/net/udp6").contains(":0035"),
                try lab.inside(place, "cat", "/proc/net/tcp").contains(":0035")
            {
                return
            }
            if !server.isRunning { break }
            Thread.sleep(forTimeInterval: 0.02)
        }
        throw CommandFailure(command: "unbound", output: "does not listen")
    }

    deinit {
        if server.isRunning {
            server.terminate()
            server.waitUntilExit()
        }
        try? FileManager.default.removeItem(at: folder)
    }

    /// `www` has one address of each family, `many` more than a datagram of 512 bytes holds; `broken.test` has a
    /// server that must not be asked, so nobody can answer for it.
    private static func configuration(_ lab: Lab, _ place: Int) -> String {
        let many = (1...60).map { "    local-data: \"many.example.test. A 192.0.2.\($0)\"" }
        return """
            server:
                interface: \(lab.address(place))
                interface: \(lab.address6(place))
                access-control: 10.77.0.0/24 allow
                access-control: fd77::/64 allow
                do-daemonize: no
                chroot: ""
                username: ""
                pidfile: ""
                use-syslog: no
                module-config: "iterator"
                local-zone: "example.test." static
                local-data: "www.example.test. A 192.0.2.1"
                local-data: "www.example.test. AAAA 2001:db8::1"
                local-zone: "broken.test." transparent
            \(many.joined(separator: "\n"))
            remote-control:
                control-enable: no
            forward-zone:
                name: "broken.test."
                forward-addr: 127.0.0.1@9

            """
    }
}

/// What one run of dnsperf says it did.
struct DNSPerf {
    let sent: UInt64
    let completed: UInt64
    let lost: UInt64
    /// By response code, in upper case.
    let codes: [String: UInt64]

    /// Sends each line of `questions` (`name type`) `times` over, from a lab's namespace.
    init(
        _ lab: Lab, _ place: Int, server: String, questions: [String], times: Int,
        _ options: String...
    ) throws {
        let file = FileManager.default.temporaryDirectory
            .appending(path: "\(lab.hosts[place])-questions")
        defer { try? FileManager.default.removeItem(at: file) }
        try (questions.joined(separator: "\n") + "\n")
            .write(to: file, atomically: true, encoding: .utf8)
        let said = try Lab.run(
            [
                "ip", "netns", "exec", lab.hosts[place], "dnsperf", "-s", server, "-d", file.path,
                "-n", "\(times)",
            ] + options)
        var numbers: [String: UInt64] = [:]
        var codes: [String: UInt64] = [:]
        for line in said.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            let title = parts[0].trimmingCharacters(in: .whitespaces)
            let words = parts[1].split(separator: " ")
            numbers[title] = words.first.flatMap { UInt64($0) }
            if title == "Response codes" {
                for part in parts[1].split(separator: ",") {
                    let words = part.split(separator: " ")
                    if words.count >= 2 { codes[String(words[0])] = UInt64(words[1]) }
                }
            }
        }
        guard let sent = numbers["Queries sent"], let completed = numbers["Queries completed"],
            let lost = numbers["Queries lost"]
        else { throw CommandFailure(command: "dnsperf", output: said) }
        (self.sent, self.completed, self.lost, self.codes) = (sent, completed, lost, codes)
    }
}
