import ArgumentParser
import Glibc

/// Receives and counts UDP packets.
struct UDPSink: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "udp-sink",
        abstract: "Receives UDP packets with recvmmsg and counts them.",
        discussion: """
            Ends after --count packets, after --idle seconds without one, or on SIGINT or \
            SIGTERM. The packets which a full socket buffer lost are counted as "dropped".

            Example:
              traffic udp-sink --port 9000 --ports 8 --count 100000 --idle 2
            """
    )

    @Option(help: "The address to receive on; all by default.") var address = SocketAddress.any
    @Option(help: "The first port to receive on.") var port: UInt16
    @Option(help: "The number of ports, at most 64.") var ports = 1
    @Option(help: "The number of packets after which to end.") var count: UInt64?
    @Option(help: "The seconds without a packet after which to end.") var idle: Double?
    @OptionGroup var limit: Limit

    /// A socket in an array, which cannot hold values that are not copyable.
    private final class Sink {
        let socket: Socket

        init(_ socket: consuming Socket) {
            self.socket = socket
        }
    }

    func validate() throws {
        guard (1...64).contains(ports), Int(port) + ports <= 65_536 else {
            throw ValidationError("--ports must be 1 to 64, and the last one at most 65535.")
        }
    }

    func run() throws {
        var sinks: [Sink] = []
        for offset in 0..<ports {
            let socket = try Socket.server(
                kind: .datagram, at: address.with(port: port + UInt16(offset)))
            try socket.set(SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20, named: "SO_RCVBUFFORCE")
            sinks.append(Sink(socket))
        }
        var entries = sinks.map {
            pollfd(fd: $0.socket.descriptor, events: Int16(POLLIN), revents: 0)
        }
        let batch = try MessageBatch(capacity: 64, payloads: [[0]])
        let run = Run(limit)
        announceListening(at: address, port: port)

        var packets: UInt64 = 0
        var bytes: UInt64 = 0
        var first: UInt64?
        var last = run.start
        var ending = Ending.complete
        receiving: while count.map({ packets < $0 }) ?? true {
            if let stop = run.ending() {
                ending = stop
                break
            }
            if try run.poll(&entries) == 0 {
                if let idle, Double(Run.now() - last) >= idle * 1e9 {
                    ending = .idle
                    break
                }
                continue
            }
            for (index, entry) in entries.enumerated() where entry.revents != 0 {
                let wanted = Int(min(64, count.map { $0 - packets } ?? 64))
                if wanted == 0 { break receiving }
                let received = try batch.receive(wanted, on: sinks[index].socket)
                if received.packets == 0 { continue }
                packets += UInt64(received.packets)
                bytes += received.bytes
                last = Run.now()
                first = first ?? last
            }
        }

        var report = Report(command: "udp-sink")
        report.add("packets", packets)
        report.add("payload_bytes", bytes)
        var dropped: UInt64 = 0
        for sink in sinks { dropped += try sink.socket.droppedPackets() }
        report.add("dropped", dropped)
        let seconds = Double(last - (first ?? last)) / 1e9
        report.add(seconds: seconds, rateOf: packets, unit: "packets", ending: ending)
        try report.finish(ending, openEnded: count == nil)
    }
}
