import Glibc

/// What a TCP server does with each connection.
enum Service: Equatable {
    case sink
    case echo
    case source(bytes: UInt64)
    case reply(request: UInt64, response: UInt64)
}

/// One connection of a TCP server, and how far it has got.
final class ServedConnection {
    private let socket: Socket
    private let service: Service
    private var owed: UInt64 = 0
    private var requested: UInt64 = 0
    private var echo: ArraySlice<UInt8> = []
    private var peerFinished = false
    private var finished = false
    private(set) var received: UInt64 = 0
    private(set) var sent: UInt64 = 0

    init(_ socket: consuming Socket, service: Service) {
        self.socket = socket
        self.service = service
        if case .source(let bytes) = service { owed = bytes }
    }

    /// The descriptor with the events to wait for.
    var entry: pollfd {
        var events: Int32 = 0
        if !peerFinished, !isHolding { events |= POLLIN }
        if owed > 0 || !echo.isEmpty { events |= POLLOUT }
        return pollfd(fd: socket.descriptor, events: Int16(events), revents: 0)
    }

    /// Whether answers have to leave before more is read.
    private var isHolding: Bool {
        switch service {
        case .echo, .reply: owed > 0 || !echo.isEmpty
        case .sink, .source: false
        }
    }

    /// Does what can be done without blocking and returns whether the connection is over.
    func advance(with scratch: borrowing ByteBuffer) throws(SystemError) -> Bool {
        for _ in 0..<16 {
            try flush(with: scratch)
            if isHolding { return false }
            if peerFinished { return owed == 0 }
            guard let count = try receive(with: scratch) else { return false }
            peerFinished = count == 0
            received += UInt64(count)
        }
        return false
    }

    private func receive(with scratch: borrowing ByteBuffer) throws(SystemError) -> Int? {
        switch service {
        case .sink, .source:
            return try socket.discard(1 << 24)
        case .echo:
            guard let count = try socket.receive(into: scratch.bytes) else { return nil }
            let done = try socket.send(scratch.prefix(UInt64(count)))
            sent += UInt64(done)
            echo = Array(scratch.bytes[done..<count])[...]
            return count
        case .reply(let request, let response):
            guard let count = try socket.discard(1 << 24) else { return nil }
            requested += UInt64(count)
            owed += requested / request * response
            requested %= request
            return count
        }
    }

    private func flush(with scratch: borrowing ByteBuffer) throws(SystemError) {
        while !echo.isEmpty {
            let bytes = Array(echo)
            let count = try Self.send(bytes, on: socket)
            if count == 0 { return }
            echo = echo.dropFirst(count)
            sent += UInt64(count)
        }
        while owed > 0 {
            let count = try socket.send(scratch.prefix(owed))
            if count == 0 { return }
            owed -= UInt64(count)
            sent += UInt64(count)
        }
        if case .source = service, !finished {
            finished = true
            try socket.finishSending()
        }
    }

    private static func send(
        _ bytes: [UInt8], on socket: borrowing Socket
    ) throws(SystemError) -> Int {
        let buffer = ByteBuffer(bytes)
        return try socket.send(buffer.prefix(UInt64(bytes.count)))
    }
}
