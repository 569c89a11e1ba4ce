package import MetricSchema

/// How many sockets of each kind a network namespace has, and how full their queues are: all that stays of a dump,
/// however long it is.
package struct SocketCensus: Sendable, Equatable {
    package struct Kind: Hashable, Sendable {
        package let family: AddressFamily
        package let transport: SocketProtocol
        package let state: SocketState
    }

    /// All listeners on one port: of both families, and those that share it (SO_REUSEPORT).
    package struct Listeners: Sendable, Equatable {
        package var waiting: UInt64 = 0
        package var limit: UInt64 = 0
    }

    /// What sockets that do not listen have received and not read, and what they have yet to send.
    package struct QueuedBytes: Sendable, Equatable {
        package var receive: UInt64 = 0
        package var send: UInt64 = 0
    }

    package private(set) var counts: [Kind: UInt64] = [:]
    package private(set) var listeners: [UInt16: Listeners] = [:]
    /// Of the fullest listener, what waits over what may wait.
    package private(set) var fullest = 0.0
    package private(set) var queues: [SocketProtocol: QueuedBytes] = [:]
    /// Established TCP sockets.
    package private(set) var roundTrips: [RoundTripRange: UInt64] = [:]
    /// Of these, in microseconds; nil where none was measured.
    package private(set) var longestRoundTrip: UInt32?

    package init() {}

    mutating func add(_ row: SocketRow, _ transport: SocketProtocol) {
        // AF_INET6 is 10.
        let family = row.family == 10 ? AddressFamily.ipv6 : .ipv4
        counts[Kind(family: family, transport: transport, state: row.state), default: 0] += 1
        if transport == .tcp, row.state == .established { addRoundTrip(row.roundTrip) }
        if transport == .tcp, row.isListener {
            var all = listeners[row.port] ?? Listeners()
            all.waiting += UInt64(row.receiveQueue)
            all.limit += UInt64(row.sendQueue)
            listeners[row.port] = all
            // A backlog of 0 lets one connection wait.
            fullest = max(fullest, Double(row.receiveQueue) / Double(max(row.sendQueue, 1)))
        } else {
            var bytes = queues[transport] ?? QueuedBytes()
            bytes.receive += UInt64(row.receiveQueue)
            bytes.send += UInt64(row.sendQueue)
            queues[transport] = bytes
        }
    }

    private mutating func addRoundTrip(_ microseconds: UInt32) {
        roundTrips[RoundTripRange(microseconds: microseconds), default: 0] += 1
        if microseconds > longestRoundTrip ?? 0 { longestRoundTrip = microseconds }
    }

    /// The ports with the most in their queues by themselves, the rest in one; by port.
    package func ports(atMost most: Int) -> [(port: ListenPort, listeners: Listeners)] {
        let ranked = listeners.sorted {
            $0.value.waiting == $1.value.waiting
                ? $0.key < $1.key : $0.value.waiting > $1.value.waiting
        }
        var ports = ranked.prefix(most).sorted { $0.key < $1.key }.map {
            (port: ListenPort("\($0.key)"), listeners: $0.value)
        }
        if ranked.count > most {
            var rest = Listeners()
            for (_, listeners) in ranked.dropFirst(most) {
                rest.waiting += listeners.waiting
                rest.limit += listeners.limit
            }
            ports.append((.other, rest))
        }
        return ports
    }
}
