import ArgumentParser
import Glibc

/// Makes an exact number of short TCP connections.
struct TCPChurn: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tcp-churn",
        abstract: "Makes short TCP connections: connect, request, response, close.",
        discussion: """
            The client closes first and so keeps the ports in TIME-WAIT. When none is left it \
            waits for one, and counts that in "port_exhausted". More ports: --ports, \
            --from-port, or in its namespace sysctl net.ipv4.ip_local_port_range and \
            net.ipv4.tcp_tw_reuse=1.

            The kernel takes ever longer to choose among few free ports, from 14000 on. With \
            --from-port, connection k instead has destination port port + k % ports and source \
            port from-port + k / ports, round to from-port again after 65535. Ports in TIME-WAIT \
            are then used again, while open ones are skipped and counted.

            The server: traffic tcp-serve --port 7001 --request 64 --reply 64

            Examples:
              traffic tcp-churn --to 10.0.0.2 --port 7001 --count 20000 --concurrency 16
              traffic tcp-churn --to fd00::2 --port 7001 --seconds 5 --from-port 10000
            """
    )

    @OptionGroup var target: Target
    @Option(help: "The number of server ports, used in turn.") var ports = 1
    @Option(help: "The first source port; the kernel chooses ports by default.")
    var fromPort: UInt16 = 0
    @Option(help: "The number of connections.") var count: UInt64?
    @Option(help: "The seconds to make connections for.") var seconds: Double?
    @Option(help: "The connections at a time.") var concurrency = 1
    @Option(help: "The bytes of a request.") var request: UInt64 = 64
    @Option(help: "The bytes of a response.") var response: UInt64 = 64
    @Flag(help: "Ends each connection by a reset and not by a FIN.") var reset = false
    @OptionGroup var limit: Limit

    func validate() throws {
        guard (count == nil) != (seconds == nil) else {
            throw ValidationError("Give either --count or --seconds.")
        }
        guard seconds ?? 1 > 0, (1...20_000).contains(concurrency) else {
            throw ValidationError("--seconds must be above 0, and --concurrency 1 to 20000.")
        }
        guard (1...64).contains(ports), Int(target.port) + ports <= 65_536 else {
            throw ValidationError("--ports must be 1 to 64, and the last one at most 65535.")
        }
    }

    func run() throws {
        try Socket.raiseDescriptorLimit()
        let run = Run(limit)
        var churn = Churn(command: self)
        var ending = Ending.complete
        while true {
            if let stop = run.ending() {
                ending = stop
                break
            }
            let isOver = churn.started >= count ?? .max || run.seconds >= seconds ?? .infinity
            if isOver, churn.open == 0 { break }
            if !isOver { try churn.start() }
            try churn.step(run: run)
        }
        let elapsed = run.seconds

        var report = Report(command: "tcp-churn")
        report.add("connections", churn.completed)
        report.add("failed", churn.failed)
        report.add("unfinished", UInt64(churn.open))
        report.add("port_exhausted", churn.exhausted)
        if let error = churn.firstError { report.add("first_error", .text("\(error)")) }
        report.add(
            seconds: elapsed, rateOf: churn.completed, unit: "connections", ending: ending)
        try report.finish(ending, failed: churn.failed > 0)
    }
}

/// The connections which a churn has open and the counts of those it had.
private struct Churn: ~Copyable {
    private let command: TCPChurn
    private let scratch = ByteBuffer(count: 1 << 16)
    private var exchanges: [Exchange] = []
    private var entries: [pollfd] = []
    private var attempts: UInt64 = 0
    private(set) var started: UInt64 = 0
    private(set) var completed: UInt64 = 0
    private(set) var failed: UInt64 = 0
    private(set) var exhausted: UInt64 = 0
    private(set) var firstError: SystemError?

    init(command: TCPChurn) {
        self.command = command
    }

    var open: Int { exchanges.count }

    /// Starts connections up to the concurrency, while there are ports.
    mutating func start() throws(SystemError) {
        while exchanges.count < command.concurrency, started < command.count ?? .max {
            let addresses = nextAddresses()
            do throws(SystemError) {
                let exchange = try Exchange(
                    to: addresses.destination, from: addresses.source, request: command.request,
                    response: command.response, reset: command.reset)
                entries.append(exchange.entry)
                exchanges.append(exchange)
            } catch {
                if error.code == EADDRNOTAVAIL || error.code == EADDRINUSE {
                    exhausted += 1
                    return
                }
                guard error.call == "connect" else { throw error }
                fail(error)
            }
            started += 1
        }
    }

    /// The addresses of the next attempt to connect, each of which is tried once in a round.
    private mutating func nextAddresses() -> (source: SocketAddress?, destination: SocketAddress) {
        let target = command.target
        let ports = UInt64(command.ports)
        // Without source ports of our own, a failed attempt repeats the destination port.
        let number = command.fromPort == 0 ? started : attempts
        attempts += 1
        let destination = target.to.with(port: target.port + UInt16(number % ports))
        if command.fromPort == 0 { return (target.from, destination) }
        let round = 65_536 - UInt64(command.fromPort)
        let port = command.fromPort + UInt16(number / ports % round)
        return ((target.from ?? .any(family: target.to.family)).with(port: port), destination)
    }

    /// Waits for events and handles them.
    mutating func step(run: Run) throws(SystemError) {
        if try run.poll(&entries, milliseconds: 5) == 0 { return }
        for index in exchanges.indices.reversed() where entries[index].revents != 0 {
            do throws(SystemError) {
                guard try exchanges[index].advance(with: scratch) else {
                    entries[index] = exchanges[index].entry
                    continue
                }
                completed += 1
            } catch {
                fail(error)
            }
            exchanges.swapAt(index, exchanges.count - 1)
            entries.swapAt(index, entries.count - 1)
            exchanges.removeLast()
            entries.removeLast()
        }
    }

    private mutating func fail(_ error: SystemError) {
        failed += 1
        firstError = firstError ?? error
    }
}
