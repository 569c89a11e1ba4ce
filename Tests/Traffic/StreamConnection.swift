import Glibc

/// One stream of a TCP client, from its connect to the server's end of stream.
final class StreamConnection {
    private let socket: Socket
    private var connecting = true
    private var finished = false
    private var remaining: UInt64
    private(set) var sent: UInt64 = 0
    private(set) var received: UInt64 = 0
    private(set) var isDone = false

    /// Begins to connect; the stream ends after so many bytes, if not before.
    init(to target: Target, bytes: UInt64) throws(SystemError) {
        socket = try Socket.client(from: target.from, family: target.to.family)
        remaining = bytes
        try socket.connect(to: target.to.with(port: target.port))
    }

    /// The descriptor with the events to wait for; none once the stream is done.
    var entry: pollfd {
        let events = connecting ? POLLOUT : finished ? POLLIN : POLLIN | POLLOUT
        return pollfd(
            fd: isDone ? -1 : socket.descriptor, events: Int16(events), revents: 0)
    }

    /// Sends and discards what can be without blocking; with stop, sends nothing further.
    func advance(with scratch: borrowing ByteBuffer, stop: Bool) throws(SystemError) {
        if connecting {
            try socket.throwPendingError(of: "connect")
            connecting = false
        }
        if stop { remaining = 0 }
        if remaining > 0 {
            let count = try socket.send(scratch.prefix(remaining))
            sent += UInt64(count)
            remaining -= UInt64(count)
        }
        if remaining == 0, !finished {
            finished = true
            try socket.finishSending()
        }
        if let count = try socket.discard(1 << 24) {
            received += UInt64(count)
            // A server which ends its half first, as a source does, still gets everything.
            isDone = count == 0 && finished
        }
    }

    /// The kernel's counters beside our own.
    func report() throws(SystemError) -> Report {
        let info = try TCPInfo(of: socket)
        var report = Report()
        report.add("source_port", UInt64(try socket.localPort()))
        report.add("bytes_sent", sent)
        report.add("bytes_received", received)
        report.add("bytes_acked", info.bytesAcked)
        report.add("segs_out", UInt64(info.segmentsOut))
        report.add("segs_in", UInt64(info.segmentsIn))
        report.add("data_segs_out", UInt64(info.dataSegmentsOut))
        report.add("total_retrans", UInt64(info.totalRetransmissions))
        report.add("bytes_retrans", info.bytesRetransmitted)
        report.add("rtt_us", UInt64(info.roundTrip))
        return report
    }
}
