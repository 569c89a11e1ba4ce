import Glibc

/// The listening sockets and open connections of a server on one thread.
struct TCPServer: ~Copyable {
    /// A socket in an array, which cannot hold values that are not copyable.
    private final class Listener {
        let socket: Socket

        init(_ socket: consuming Socket) {
            self.socket = socket
        }
    }

    private let service: Service
    private let limit: Int
    private let scratch = ByteBuffer(count: 1 << 18)
    private var listeners: [Listener] = []
    private var connections: [ServedConnection] = []
    /// The entries of the listeners, followed by those of the connections.
    private var entries: [pollfd] = []
    private var accepted = 0
    private var firstAccept: UInt64?
    private var lastEvent: UInt64 = 0
    private(set) var served: UInt64 = 0
    private(set) var failed: UInt64 = 0
    private(set) var received: UInt64 = 0
    private(set) var sent: UInt64 = 0

    init(
        at address: SocketAddress, ports: [UInt16], service: Service, connections limit: Int
    ) throws(SystemError) {
        self.service = service
        self.limit = limit
        for port in ports {
            let socket = try Socket.server(kind: .stream, at: address.with(port: port))
            entries.append(pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0))
            listeners.append(Listener(socket))
        }
    }

    var isDone: Bool {
        accepted >= limit && connections.isEmpty
    }

    var open: Int { connections.count }

    /// Seconds between the first connection and the end of the last.
    var activeSeconds: Double {
        firstAccept.map { Double(lastEvent - $0) / 1e9 } ?? 0
    }

    /// Waits for events and handles them.
    mutating func step(run: Run) throws(SystemError) {
        if try run.poll(&entries) == 0 { return }
        // Backwards, so that the last connection can take the place of one which is over.
        for index in connections.indices.reversed() {
            let slot = listeners.count + index
            if entries[slot].revents == 0 { continue }
            if let open = advance(connections[index]) {
                entries[slot] = open
            } else {
                connections.swapAt(index, connections.count - 1)
                entries.swapAt(slot, entries.count - 1)
                connections.removeLast()
                entries.removeLast()
            }
        }
        for index in listeners.indices where entries[index].revents != 0 {
            try acceptAll(from: listeners[index])
        }
        if accepted >= limit { closeListeners() }
        lastEvent = Run.now()
    }

    private mutating func acceptAll(from listener: Listener) throws(SystemError) {
        while accepted < limit {
            guard let descriptor = try listener.socket.accept() else { return }
            accepted += 1
            firstAccept = firstAccept ?? Run.now()
            let connection = ServedConnection(Socket(adopting: descriptor), service: service)
            if let entry = advance(connection) {
                connections.append(connection)
                entries.append(entry)
            }
        }
    }

    /// Refuses further connections once as many as wanted have been accepted.
    private mutating func closeListeners() {
        entries.removeFirst(listeners.count)
        listeners.removeAll()
    }

    /// Serves a connection and returns its next events, or nil when it is over.
    private mutating func advance(_ connection: ServedConnection) -> pollfd? {
        let before = (received: connection.received, sent: connection.sent)
        defer {
            received += connection.received - before.received
            sent += connection.sent - before.sent
        }
        do throws(SystemError) {
            if try !connection.advance(with: scratch) { return connection.entry }
            served += 1
        } catch {
            failed += 1
        }
        return nil
    }
}
