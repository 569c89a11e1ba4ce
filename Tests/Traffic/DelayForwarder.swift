import ArgumentParser
import Glibc

/// Joins two interfaces and holds every frame back for the same time.
struct DelayForwarder: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delay",
        abstract: "Forwards frames between two interfaces, each after a given time.",
        discussion: """
            A link of known latency where the kernel has no netem. Frames keep their order, and \
            what offloads left to be done of them. Neither interface may be a bridge's port. \
            Ends on SIGINT or SIGTERM.

            Example:
              traffic delay --between veth0 --between veth1 --milliseconds 20
            """
    )

    @Option(help: "An interface; give two.") var between: [String]
    @Option(help: "Milliseconds that a frame is held back.") var milliseconds: Double
    @OptionGroup var limit: Limit

    func validate() throws {
        guard between.count == 2 else { throw ValidationError("Give --between twice.") }
        guard milliseconds >= 0, milliseconds <= 10_000 else {
            throw ValidationError("--milliseconds must be 0 to 10000.")
        }
    }

    func run() throws {
        let run = Run(limit)
        let delay = UInt64(milliseconds * 1e6)
        let sides = [try FrameSocket(between[0]), try FrameSocket(between[1])]
        let scratch = ByteBuffer(count: 1 << 17)
        var queues: [FrameQueue] = [FrameQueue(), FrameQueue()]
        var frames: UInt64 = 0
        announceListening(at: .any, port: 0)
        var ending = Ending.complete
        while true {
            if let stop = run.ending() {
                ending = stop
                break
            }
            var entries = sides.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
            try Self.wait(&entries, until: queues.compactMap(\.due).min())
            for place in 0..<2 where entries[place].revents != 0 {
                while let length = try sides[place].receive(into: scratch.bytes) {
                    queues[place].add(
                        Array(scratch.bytes[..<length]), due: Run.now() + delay)
                }
            }
            for place in 0..<2 {
                while let frame = queues[place].next(at: Run.now()) {
                    try sides[1 - place].send(frame)
                    frames += 1
                }
            }
        }
        var report = Report(command: "delay")
        report.add("frames", frames)
        report.add(seconds: run.seconds, rateOf: frames, unit: "frames", ending: ending)
        try report.finish(ending, openEnded: true)
    }

    /// Waits for a frame, at most until the next one is due, and a tenth of a second. The last millisecond is
    /// not slept through, so that frames leave on time.
    private static func wait(_ entries: inout [pollfd], until due: UInt64?) throws(SystemError) {
        let now = Run.now()
        let left = min(due.map { $0 > now ? $0 - now : 0 } ?? .max, 100_000_000)
        if poll(&entries, nfds_t(entries.count), Int32(left / 1_000_000)) < 0, errno != EINTR {
            throw SystemError("poll")
        }
    }
}

/// Frames under way, in the order in which they are due.
private struct FrameQueue {
    private var frames: [(bytes: [UInt8], due: UInt64)] = []
    private var first = 0

    var due: UInt64? { first < frames.count ? frames[first].due : nil }

    mutating func add(_ bytes: [UInt8], due: UInt64) {
        frames.append((bytes, due))
    }

    mutating func next(at now: UInt64) -> [UInt8]? {
        guard let due, due <= now else { return nil }
        defer {
            frames[first].bytes = []
            first += 1
            if first == frames.count {
                frames.removeAll(keepingCapacity: true)
                first = 0
            }
        }
        return frames[first].bytes
    }
}

/// All that arrives at an interface, and a way to send on it.
private final class FrameSocket {
    private let socket: Socket
    var descriptor: Int32 { socket.descriptor }

    init(_ interface: String) throws(SystemError) {
        let index = if_nametoindex(interface)
        if index == 0 { throw SystemError("if_nametoindex(\(interface))") }
        socket = try Socket(family: AF_PACKET, kind: .packet, nonblocking: true)
        let packetLevel: Int32 = 263  // SOL_PACKET
        // Checksums and segments that are still to be made travel in a header before the frame.
        try socket.set(packetLevel, 15, 1, named: "PACKET_VNET_HDR")
        try socket.set(packetLevel, 23, 1, named: "PACKET_IGNORE_OUTGOING")
        try socket.set(SOL_SOCKET, SO_RCVBUF, 1 << 24, named: "SO_RCVBUF")
        // struct sockaddr_ll with ETH_P_ALL, which the Glibc module does not import.
        var address: (UInt16, UInt16, UInt32, UInt64, UInt32) = (
            UInt16(AF_PACKET), UInt16(3).bigEndian, index, 0, 0
        )
        let result = withUnsafeBytes(of: &address) { bytes in
            bind(socket.descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), 20)
        }
        if result != 0 { throw SystemError("bind") }
    }

    func receive(into bytes: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int? {
        try socket.receive(into: bytes)
    }

    func send(_ frame: [UInt8]) throws(SystemError) {
        let buffer = ByteBuffer(frame)
        _ = try socket.send(buffer.prefix(UInt64(frame.count)))
    }
}
