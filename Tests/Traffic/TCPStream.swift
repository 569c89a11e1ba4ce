import ArgumentParser
import Glibc

/// Sends parallel TCP streams and reports the kernel's counters of each.
struct TCPStream: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tcp-stream",
        abstract: "Sends parallel TCP streams and reports TCP_INFO of each.",
        discussion: """
            Each stream sends its bytes, ends its half, and discards what it receives until the \
            server closes, so that the counters are final: segs_out and segs_in then count \
            every segment with SYN, FIN and pure ACKs, and bytes_acked is the bytes sent plus \
            one for SYN and one for FIN. With --bytes 0 it only receives, as from \
            tcp-serve --source.

            Examples:
              traffic tcp-stream --to 10.0.0.2 --port 7000 --streams 8 --bytes 10000000
              traffic tcp-stream --to fd00::2 --port 7000 --seconds 10
            """
    )

    @OptionGroup var target: Target
    @Option(help: "The number of parallel streams.") var streams = 1
    @Option(help: "The bytes to send on each stream.") var bytes: UInt64?
    @Option(help: "The seconds to send for.") var seconds: Double?
    @OptionGroup var limit: Limit

    func validate() throws {
        guard (bytes == nil) != (seconds == nil) else {
            throw ValidationError("Give either --bytes or --seconds.")
        }
        guard seconds ?? 1 > 0, (1...20_000).contains(streams) else {
            throw ValidationError("--seconds must be above 0, and --streams 1 to 20000.")
        }
    }

    func run() throws {
        try Socket.raiseDescriptorLimit()
        let scratch = ByteBuffer(count: 1 << 18)
        let run = Run(limit)
        var connections: [StreamConnection] = []
        for _ in 0..<streams {
            connections.append(try StreamConnection(to: target, bytes: bytes ?? .max))
        }
        var entries = connections.map(\.entry)
        var remaining = streams
        var ending = Ending.complete
        while remaining > 0 {
            if let stop = run.ending() {
                ending = stop
                break
            }
            let stop = seconds.map { run.seconds >= $0 } ?? false
            if try run.poll(&entries, milliseconds: stop ? 100 : 10) == 0 { continue }
            for (index, entry) in entries.enumerated() where entry.revents != 0 {
                try connections[index].advance(with: scratch, stop: stop)
                entries[index] = connections[index].entry
                if connections[index].isDone { remaining -= 1 }
            }
        }
        let elapsed = run.seconds

        let sent = connections.reduce(0) { $0 + $1.sent }
        var report = Report(command: "tcp-stream")
        report.add("streams", UInt64(streams))
        report.add("bytes", sent)
        report.add("bytes_received", connections.reduce(0) { $0 + $1.received })
        report.add(seconds: elapsed, rateOf: sent, unit: "bytes", ending: ending)
        report.add("stream", .list(try connections.map { try $0.report() }))
        try report.finish(ending)
    }
}
