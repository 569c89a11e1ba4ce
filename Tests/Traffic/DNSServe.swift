import ArgumentParser
import Glibc

/// Answers DNS queries with fixed records.
struct DNSServe: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dns-serve",
        abstract: "Answers DNS queries over UDP with fixed records.",
        discussion: """
            A is answered with 192.0.2.1, AAAA with 2001:db8::1, other types with no record, \
            and names starting with "nx." with NXDOMAIN. Ends after --count answers, or on \
            SIGINT or SIGTERM.

            Example:
              traffic dns-serve --port 53 --address 10.0.0.2 --count 1000
            """
    )

    @Option(help: "The address to serve on; all by default.") var address = SocketAddress.any
    @Option(help: "The port to serve on.") var port: UInt16 = 53
    @Option(help: "The number of answers after which to end.") var count: UInt64?
    @OptionGroup var limit: Limit

    func run() throws {
        let socket = try Socket.server(kind: .datagram, at: address.with(port: port))
        var entries = [pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0)]
        let buffer = ByteBuffer(count: 4096)
        let run = Run(limit)
        announceListening(at: address, port: port)

        var answered: UInt64 = 0
        var nonexistent: UInt64 = 0
        var malformed: UInt64 = 0
        var ending = Ending.complete
        while count.map({ answered < $0 }) ?? true {
            if let stop = run.ending() {
                ending = stop
                break
            }
            if try run.poll(&entries) == 0 { continue }
            var peer = Peer()
            guard let length = try peer.receive(into: buffer.bytes, on: socket) else { continue }
            let query = Array(buffer.bytes[..<length])
            guard let question = DNSQuestion(query: query) else {
                malformed += 1
                continue
            }
            try peer.send(DNSMessage.response(to: query, question: question), on: socket, run: run)
            answered += 1
            if question.isNonexistent { nonexistent += 1 }
        }

        var report = Report(command: "dns-serve")
        report.add("answered", answered)
        report.add("nxdomain", nonexistent)
        report.add("malformed", malformed)
        report.add(seconds: run.seconds, rateOf: answered, unit: "answers", ending: ending)
        try report.finish(ending, openEnded: count == nil)
    }
}

/// The sender of a datagram, to whom the answer goes.
private struct Peer {
    private var address = sockaddr_in6()
    private var size = socklen_t(MemoryLayout<sockaddr_in6>.size)

    /// Receives a datagram and its sender without blocking; nil when there is none.
    mutating func receive(
        into bytes: UnsafeMutableRawBufferPointer, on socket: borrowing Socket
    ) throws(SystemError) -> Int? {
        let descriptor = socket.descriptor
        let count = withUnsafeMutableBytes(of: &address) { address in
            let pointer = address.baseAddress?.assumingMemoryBound(to: sockaddr.self)
            return recvfrom(
                descriptor, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT), pointer, &size)
        }
        if count >= 0 { return count }
        if errno == EAGAIN || errno == EINTR { return nil }
        throw SystemError("recvfrom")
    }

    /// Sends the answer, again while the kernel's buffers are full.
    func send(_ bytes: [UInt8], on socket: borrowing Socket, run: Run) throws(SystemError) {
        let descriptor = socket.descriptor
        while run.ending() == nil {
            let count = withUnsafeBytes(of: address) { address in
                let pointer = address.baseAddress?.assumingMemoryBound(to: sockaddr.self)
                return sendto(descriptor, bytes, bytes.count, 0, pointer, size)
            }
            if count >= 0 { return }
            guard errno == EAGAIN || errno == EINTR || errno == ENOBUFS else {
                throw SystemError("sendto")
            }
            run.sleep(nanoseconds: 50_000)
        }
    }
}
