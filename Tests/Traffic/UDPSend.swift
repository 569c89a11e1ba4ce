import ArgumentParser
import Glibc

/// Sends an exact number of UDP packets over an exact number of flows.
struct UDPSend: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "udp-send",
        abstract: "Sends an exact number of UDP packets with sendmmsg.",
        discussion: """
            Packet k belongs to flow k % flows. Flow i has destination port \
            port + i % span and the source port of socket i / span.

            Examples:
              traffic udp-send --to 10.0.0.2 --port 9000 --count 1000000
              traffic udp-send --to fd00::2 --port 9000 --count 500000 --flows 100000 --random
              traffic udp-send --to 10.0.0.2 --port 9000 --count 600 --pps 100 --from-port 4000
            """
    )

    @Option(help: "The address to send to.") var to: SocketAddress
    @Option(help: "The first destination port.") var port: UInt16
    @Option(help: "The number of packets.") var count: UInt64
    @Option(help: "The payload of each packet in bytes; 18 fills an Ethernet frame.")
    var size = 18
    @Option(help: "The number of distinct flows.") var flows = 1
    @Option(help: "The flows with ports of their own on one source socket.") var span = 50_000
    @Option(help: "The packets handed to the kernel at once.") var batch = 64
    @Option(help: "The address to send from.") var from: SocketAddress?
    @Option(help: "The first source port; the kernel chooses ports by default.")
    var fromPort: UInt16 = 0
    @Option(help: "The packets to send per second; as fast as possible by default.")
    var pps: Double?
    @Flag(help: "Picks the flow of each packet pseudo-randomly with a fixed seed.")
    var random = false
    @OptionGroup var limit: Limit

    func validate() throws {
        guard port > 0 else { throw ValidationError("--port must be above 0.") }
        guard (0...65_507).contains(size) else {
            throw ValidationError("--size must be 0 to 65507.")
        }
        guard (1...16_000_000).contains(flows), (1...65_535).contains(span) else {
            throw ValidationError("--flows must be 1 to 16000000 and --span 1 to 65535.")
        }
        guard (1...1024).contains(batch) else {
            throw ValidationError("--batch must be 1 to 1024.")
        }
        guard pps ?? 1 > 0 else { throw ValidationError("--pps must be above 0.") }
        guard from.map({ $0.family == to.family }) ?? true else {
            throw ValidationError("--from and --to must be of one address family.")
        }
        let sockets = FlowPlan(flows: flows, span: span, firstPort: port).sockets
        guard sockets <= 28_000, sockets + Int(fromPort) <= 65_536 else {
            throw ValidationError("These flows need \(sockets) source ports, which is too many.")
        }
    }

    func run() throws {
        let plan = FlowPlan(flows: flows, span: span, firstPort: port)
        var sender = try FlowSender(plan: plan, random: random, command: self)
        let run = Run(limit)
        let pacer = Pacer(packetsPerSecond: pps)
        var ending = Ending.complete
        while sender.sent < count {
            if let stop = run.ending() {
                ending = stop
                break
            }
            let due = min(pacer.due(sent: sender.sent, run: run), count - sender.sent)
            if due > 0 { try sender.sendSome(atMost: due, run: run) }
        }
        let seconds = run.seconds

        var report = Report(command: "udp-send")
        report.add("packets", sender.sent)
        report.add("payload_bytes", sender.sent * UInt64(size))
        report.add("flows", sender.flowsUsed)
        report.add("sockets", UInt64(plan.sockets))
        report.add("first_source_port", UInt64(sender.firstSourcePort))
        report.add("retries", sender.retries)
        report.add(seconds: seconds, rateOf: sender.sent, unit: "packets", ending: ending)
        try report.finish(ending)
    }
}
