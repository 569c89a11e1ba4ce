import ArgumentParser
import Glibc

/// Asks an exact number of DNS questions, one after the other.
struct DNSQuery: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dns-query",
        abstract: "Asks DNS questions over UDP and counts the answers.",
        discussion: """
            Each query is sent once, and the next one follows its answer, or --wait seconds \
            without one. Every query has a source port of its own unless --one-port is given.

            Examples:
              traffic dns-query --to 10.0.0.2 --count 100 --name www.example.com
              traffic dns-query --to 10.0.0.2 --count 10 --name nx.example.com --type AAAA
            """
    )

    @Option(help: "The server to ask.") var to: SocketAddress
    @Option(help: "The port of the server.") var port: UInt16 = 53
    @Option(help: "The number of queries.") var count: UInt64
    @Option(help: "The name to ask for.") var name: String
    @Option(help: "The record type to ask for.") var type = DNSType.a
    @Option(help: "The seconds to wait for an answer.") var wait = 1.0
    @Option(help: "The queries per second at most.") var pps: Double?
    @Flag(help: "Asks all questions from one source port.") var onePort = false
    @OptionGroup var limit: Limit

    func validate() throws {
        guard DNSMessage.query(id: 0, name: name, type: type) != nil else {
            throw ValidationError("--name is not a domain name.")
        }
        guard wait > 0, pps ?? 1 > 0 else {
            throw ValidationError("--wait and --pps must be above 0.")
        }
    }

    /// How many queries were sent, and what came back.
    private struct Counts {
        var sent: UInt64 = 0
        var answered: UInt64 = 0
        var nonexistent: UInt64 = 0
        var unanswered: UInt64 = 0
    }

    func run() throws {
        let run = Run(limit)
        let pacer = Pacer(packetsPerSecond: pps)
        let buffer = ByteBuffer(count: 4096)
        let shared = try openSocket()
        var counts = Counts()
        var ending = Ending.complete
        while counts.sent < count {
            if let stop = run.ending() {
                ending = stop
                break
            }
            if pacer.due(sent: counts.sent, run: run) == 0 { continue }
            if onePort {
                try ask(on: shared, buffer: buffer, run: run, counts: &counts)
            } else {
                let own = try openSocket()
                try ask(on: own, buffer: buffer, run: run, counts: &counts)
            }
        }

        var report = Report(command: "dns-query")
        report.add("queries", counts.sent)
        report.add("answered", counts.answered)
        report.add("nxdomain", counts.nonexistent)
        report.add("unanswered", counts.unanswered)
        report.add(seconds: run.seconds, rateOf: counts.sent, unit: "queries", ending: ending)
        try report.finish(ending, failed: counts.unanswered > 0)
    }

    private func openSocket() throws(SystemError) -> Socket {
        let socket = try Socket(family: to.family, kind: .datagram)
        try socket.connect(to: to.with(port: port))
        return socket
    }

    /// Sends one query and waits for its answer.
    private func ask(
        on socket: borrowing Socket, buffer: borrowing ByteBuffer, run: Run, counts: inout Counts
    ) throws(SystemError) {
        let id = UInt16(truncatingIfNeeded: counts.sent &* 40_503 &+ 1)
        guard let query = DNSMessage.query(id: id, name: name, type: type),
            try send(query, on: socket, run: run)
        else { return }
        counts.sent += 1
        let deadline = Run.now() + UInt64(wait * 1e9)
        while Run.now() < deadline, run.ending() == nil {
            guard let code = try answer(to: id, on: socket, buffer: buffer, run: run) else {
                continue
            }
            counts.answered += 1
            if code == 3 { counts.nonexistent += 1 }
            return
        }
        counts.unanswered += 1
    }

    /// Sends a query, and returns false when the run had to end before.
    private func send(
        _ query: [UInt8], on socket: borrowing Socket, run: Run
    ) throws(SystemError) -> Bool {
        let message = ByteBuffer(query)
        while run.ending() == nil {
            do throws(SystemError) {
                if try socket.send(message.prefix(UInt64(query.count))) > 0 { return true }
                run.sleep(nanoseconds: 50_000)
            } catch {
                // An earlier query's ICMP error is reported in place of sending this one.
                if error.code != ECONNREFUSED { throw error }
            }
        }
        return false
    }

    /// Waits a moment for the response code of the answer; nil when it has not come.
    private func answer(
        to id: UInt16, on socket: borrowing Socket, buffer: borrowing ByteBuffer, run: Run
    ) throws(SystemError) -> UInt8? {
        var entries = [pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0)]
        if try run.poll(&entries, milliseconds: 10) == 0 { return nil }
        var length: Int?
        do throws(SystemError) {
            length = try socket.receive(into: buffer.bytes)
        } catch {
            // Nobody listens there, which leaves the query without an answer.
            if error.code != ECONNREFUSED { throw error }
        }
        guard let length, length >= 12, buffer.bytes[2] & 0x80 != 0,
            buffer.bytes[0] == UInt8(id >> 8), buffer.bytes[1] == UInt8(id & 0xFF)
        else { return nil }
        return buffer.bytes[3] & 0x0F
    }
}
