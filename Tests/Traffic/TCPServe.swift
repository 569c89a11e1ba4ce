import ArgumentParser
import Glibc

/// Serves TCP connections in one of four simple ways.
struct TCPServe: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tcp-serve",
        abstract: "Serves TCP connections: sink, echo, source or request and reply.",
        discussion: """
            --sink discards what it reads, and is the default. --echo sends it back. \
            --source sends so many bytes and ends its half. --reply answers every --request \
            bytes with so many bytes. The client closes first.

            Ends after --connections have been served; with 0, on SIGINT or SIGTERM.

            Examples:
              traffic tcp-serve --port 7000 --sink --connections 8
              traffic tcp-serve --port 7001 --request 64 --reply 64 --connections 20000
            """
    )

    @Option(help: "The address to listen on; all by default.") var address = SocketAddress.any
    @Option(help: "The first port to listen on.") var port: UInt16
    @Option(help: "The number of ports, at most 64.") var ports = 1
    @Flag(help: "Discards what arrives.") var sink = false
    @Flag(help: "Sends back what arrives.") var echo = false
    @Option(help: "Sends so many bytes to each connection.") var source: UInt64?
    @Option(help: "Answers each request with so many bytes.") var reply: UInt64?
    @Option(help: "The bytes of a request.") var request: UInt64 = 64
    @Option(help: "The connections to serve before ending; 0 for no end.") var connections = 0
    @OptionGroup var limit: Limit

    func validate() throws {
        let chosen = [sink, echo, source != nil, reply != nil].filter(\.self).count
        guard chosen <= 1 else {
            throw ValidationError("--sink, --echo, --source and --reply exclude each other.")
        }
        guard request > 0, connections >= 0 else {
            throw ValidationError("--request must be above 0, and --connections not below.")
        }
        guard (1...64).contains(ports), Int(port) + ports <= 65_536 else {
            throw ValidationError("--ports must be 1 to 64, and the last one at most 65535.")
        }
    }

    private var service: Service {
        if echo { return .echo }
        if let source { return .source(bytes: source) }
        if let reply { return .reply(request: request, response: reply) }
        return .sink
    }

    func run() throws {
        try Socket.raiseDescriptorLimit()
        var server = try TCPServer(
            at: address, ports: (0..<ports).map { port + UInt16($0) }, service: service,
            connections: connections == 0 ? .max : connections)
        announceListening(at: address, port: port)
        let run = Run(limit)
        var ending = Ending.complete
        while !server.isDone {
            if let stop = run.ending() {
                ending = stop
                break
            }
            try server.step(run: run)
        }

        var report = Report(command: "tcp-serve")
        report.add("connections", server.served)
        report.add("failed", server.failed)
        report.add("open", UInt64(server.open))
        report.add("bytes_received", server.received)
        report.add("bytes_sent", server.sent)
        report.add(
            seconds: server.activeSeconds, rateOf: server.served + server.failed,
            unit: "connections", ending: ending)
        try report.finish(ending, openEnded: connections == 0, failed: server.failed > 0)
    }
}
