import Foundation
import Glibc
import TestSupport

/// Network namespaces of one test, joined by a bridge in the test's own namespace. Everything goes when the
/// lab goes, and what an earlier run left under the same names goes first.
final class Lab {
    let hosts: [String]
    let bridge: String
    private var servers: [Process] = []

    /// `name` must be short: it becomes part of interface names, which have 15 letters.
    init(_ name: String, hosts count: Int = 2) throws {
        hosts = (0..<count).map { "fvk-\(name)-\($0)" }
        bridge = "fvk-\(name)"
        remove()
        try Lab.run("ip", "link", "add", bridge, "type", "bridge", "mcast_snooping", "0")
        try Lab.run("sysctl", "-qw", "net.ipv6.conf.\(bridge).disable_ipv6=1")
        try Lab.run("ip", "link", "set", bridge, "up")
        for place in hosts.indices { try add(place) }
        for place in hosts.indices { try introduce(place) }
    }

    deinit {
        for server in servers where server.isRunning { server.terminate() }
        remove()
    }

    /// The host's end of a namespace's link.
    func link(_ place: Int) -> String { "\(bridge)l\(place)" }

    func address(_ place: Int) -> String { "10.77.0.\(place + 1)" }

    func address6(_ place: Int) -> String { "fd77::\(place + 1)" }

    func mac(_ place: Int) -> String { "02:77:00:00:00:0\(place + 1)" }

    private func add(_ place: Int) throws {
        let host = hosts[place]
        try Lab.run("ip", "netns", "add", host)
        // No multicast chatter of IPv6: a test's packets are the only ones.
        try Lab.run(
            "ip", "link", "add", link(place), "type", "veth", "peer", "name", "eth0", "address",
            mac(place), "netns", host)
        try Lab.run("sysctl", "-qw", "net.ipv6.conf.\(link(place)).disable_ipv6=1")
        try inside(
            place, "sysctl", "-qw", "net.ipv6.conf.eth0.accept_ra=0",
            "net.ipv6.conf.eth0.dad_transmits=0")
        // A day: reports of multicast groups are said again at any time within it.
        try inside(
            place, "sysctl", "-qw", "net.ipv6.conf.eth0.addr_gen_mode=1",
            "net.ipv6.conf.eth0.router_solicitations=0",
            "net.ipv6.conf.eth0.mldv2_unsolicited_report_interval=86400000",
            "net.ipv6.conf.eth0.mldv1_unsolicited_report_interval=86400000")
        try Lab.run("ip", "link", "set", link(place), "master", bridge, "up")
        try inside(place, "ip", "link", "set", "lo", "up")
        try inside(place, "ip", "link", "set", "eth0", "up")
        try inside(place, "ip", "addr", "add", address(place) + "/24", "dev", "eth0")
        try inside(place, "ip", "addr", "add", address6(place) + "/64", "dev", "eth0", "nodad")
    }

    /// Takes a namespace away and makes one of the same name, with addresses and neighbours as before.
    func renew(_ place: Int) throws {
        try Lab.run("ip", "netns", "del", hosts[place])
        _ = try? Lab.run("ip", "link", "del", link(place))
        try add(place)
        try introduce(place)
    }

    /// Permanent neighbours, so that no ARP is among what is counted.
    private func introduce(_ place: Int) throws {
        for other in hosts.indices where other != place {
            for address in [address(other), address6(other)] {
                try inside(
                    place, "ip", "neigh", "replace", address, "lladdr", mac(other), "dev", "eth0",
                    "nud", "permanent")
            }
        }
    }

    private func remove() {
        for host in hosts { _ = try? Lab.run("ip", "netns", "del", host) }
        for place in 0...hosts.count { _ = try? Lab.run("ip", "link", "del", link(place)) }
        _ = try? Lab.run("ip", "link", "del", bridge)
    }

    @discardableResult
    func inside(_ place: Int, _ command: String...) throws -> String {
        try inside(place, command)
    }

    @discardableResult
    func inside(_ place: Int, _ command: [String]) throws -> String {
        try Lab.run(["ip", "netns", "exec", hosts[place]] + command)
    }

    /// Runs the traffic generator in a namespace; its last line, parsed.
    @discardableResult
    func traffic(_ place: Int, _ arguments: String...) throws -> [String: Any] {
        let output = try Lab.run(
            ["ip", "netns", "exec", hosts[place], Lab.trafficPath] + arguments)
        let line = output.split(separator: "\n").last { $0.hasPrefix("{") } ?? "{}"
        return try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
    }

    /// Starts a server in a namespace and waits until it listens.
    func serve(_ place: Int, _ arguments: String...) throws {
        try start(["ip", "netns", "exec", hosts[place], Lab.trafficPath] + arguments)
    }

    /// Takes the first two namespaces off the bridge and joins them by a link that holds every frame back.
    func delay(milliseconds: Double) throws {
        for place in 0..<2 { try Lab.run("ip", "link", "set", link(place), "nomaster") }
        try delay(milliseconds: milliseconds, between: link(0), link(1))
    }

    /// Takes a namespace off the bridge and joins it, by a link that holds every frame back, with a new device of
    /// the host's that has the address `10.77.0.100`, or `fd77::100`.
    func delayedUplink(_ device: String, to place: Int, milliseconds: Double, six: Bool) throws {
        try Lab.run("ip", "link", "set", link(place), "nomaster")
        let other = link(hosts.count)  // goes with what was left of an earlier run
        try Lab.run("ip", "link", "add", device, "type", "veth", "peer", "name", other)
        for end in [device, other] {
            try Lab.run("sysctl", "-qw", "net.ipv6.conf.\(end).disable_ipv6=1")
            try Lab.run("ip", "link", "set", end, "up")
        }
        try Lab.addOwnAddress(to: device, six: six)
        try delay(milliseconds: milliseconds, between: other, link(place))
    }

    /// The host's own among its namespaces'.
    static func addOwnAddress(to device: String, six: Bool) throws {
        if six {
            try allowIPv6(on: device)
            try run("ip", "addr", "add", "fd77::100/64", "dev", device, "nodad")
        } else {
            try run("ip", "addr", "add", "10.77.0.100/24", "dev", device)
        }
    }

    private func delay(milliseconds: Double, between one: String, _ other: String) throws {
        try start([
            Lab.trafficPath, "delay", "--between", one, "--between", other, "--milliseconds",
            "\(milliseconds)",
        ])
    }

    /// Every twentieth of the large segments to a port dies in a namespace, before TCP sees it.
    func loseSegments(to port: Int, at place: Int) throws {
        try inside(place, "nft", "add table inet loss")
        try inside(
            place, "nft", "add chain inet loss c { type filter hook prerouting priority -300; }")
        try inside(
            place, "nft",
            "add rule inet loss c tcp dport \(port) meta length > 500 numgen inc mod 20 == 7 drop")
    }

    /// Sends a signal to every server, and to what it was started by.
    func signalServers(_ signal: Int32) {
        for server in servers where server.isRunning { kill(server.processIdentifier, signal) }
    }

    private func start(_ command: [String]) throws {
        let server = Process()
        server.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        server.arguments = command
        let messages = Pipe()
        server.standardError = messages
        server.standardOutput = FileHandle.nullDevice
        try server.run()
        servers.append(server)
        var said = ""
        while !said.contains("listening") {
            let more = messages.fileHandleForReading.availableData
            if more.isEmpty {
                throw CommandFailure(command: command.joined(separator: " "), output: said)
            }
            said += String(decoding: more, as: UTF8.self)
        }
    }

    /// A counter that the kernel keeps for the host's end of a namespace's link.
    func counter(_ place: Int, _ name: String) throws -> UInt64 {
        let text = try String(
            contentsOfFile: "/sys/class/net/\(link(place))/statistics/\(name)", encoding: .utf8)
        return UInt64(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
    }

    static let trafficPath =
        Bundle.main.executableURL?.deletingLastPathComponent()
        .appendingPathComponent("traffic").path ?? "traffic"

    @discardableResult
    static func run(_ command: String...) throws -> String { try run(command) }

    @discardableResult
    static func run(_ command: [String]) throws -> String { try Command.run(command) }
}
