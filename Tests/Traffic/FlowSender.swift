import Glibc

/// The sockets and the batch with which the packets of a flow plan are sent.
struct FlowSender: ~Copyable {
    /// A socket in an array, which cannot hold values that are not copyable.
    private final class Source {
        let socket: Socket

        init(_ socket: consuming Socket) {
            self.socket = socket
        }
    }

    private let plan: FlowPlan
    private let random: Bool
    private let sources: [Source]
    private let batch: MessageBatch
    private var used: FlowSet
    private var generator = FixedRandom()
    private var nextFlow = 0
    private(set) var sent: UInt64 = 0
    private(set) var retries: UInt64 = 0
    let firstSourcePort: UInt16

    init(plan: FlowPlan, random: Bool, command: UDPSend) throws(SystemError) {
        try Socket.raiseDescriptorLimit()
        var sources: [Source] = []
        for index in 0..<plan.sockets {
            let port = command.fromPort == 0 ? 0 : command.fromPort + UInt16(index)
            sources.append(Source(try Self.open(command, port: port, connected: plan.span == 1)))
        }
        let firstSourcePort = try sources[0].socket.localPort()
        let payload = (0..<command.size).map { UInt8(truncatingIfNeeded: $0) }
        batch = try MessageBatch(capacity: command.batch, payloads: [payload])
        self.plan = plan
        self.random = random
        self.sources = sources
        self.firstSourcePort = firstSourcePort
        used = FlowSet(flows: plan.flows)
        if plan.span > 1 { batch.address(all: command.to) }
    }

    /// Opens a socket which reports, instead of hides, packets that a full queue refused.
    private static func open(
        _ command: UDPSend, port: UInt16, connected: Bool
    ) throws(SystemError) -> Socket {
        let socket = try Socket(family: command.to.family, kind: .datagram)
        if command.to.family == AF_INET6 {
            try socket.set(Int32(IPPROTO_IPV6), IPV6_RECVERR, 1, named: "IPV6_RECVERR")
        } else {
            try socket.set(Int32(IPPROTO_IP), IP_RECVERR, 1, named: "IP_RECVERR")
        }
        var patience = timeval(tv_sec: 0, tv_usec: 100_000)
        let size = socklen_t(MemoryLayout<timeval>.size)
        if setsockopt(socket.descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, size) != 0 {
            throw SystemError("setsockopt(SO_SNDTIMEO)")
        }
        let source = command.from ?? .any(family: command.to.family)
        try socket.bind(to: source.with(port: port))
        if connected { try socket.connect(to: command.to.with(port: command.port)) }
        return socket
    }

    /// The distinct flows of the packets which were sent.
    var flowsUsed: UInt64 {
        random ? used.count : min(sent, UInt64(plan.flows))
    }

    /// Sends one batch, or less when less is asked for.
    mutating func sendSome(atMost limit: UInt64, run: Run) throws(SystemError) {
        // The first packet waits for the neighbour's address, lest its queue overflow silently.
        let wanted = sent == 0 ? 1 : Int(min(limit, UInt64(batch.capacity)))
        let first = random ? generator.below(plan.flows) : nextFlow
        let index = plan.socket(of: first)
        let range = plan.flows(of: index)
        let length = prepare(wanted, from: first, in: range)
        let done = try batch.send(length, on: sources[index].socket, run: run, retries: &retries)
        if sent == 0, done > 0 { try awaitDeparture(of: sources[index].socket, run: run) }
        sent += UInt64(done)
        nextFlow = (first + done) % plan.flows
    }

    /// Sets the destination ports of the next messages and returns how many go together.
    private mutating func prepare(_ wanted: Int, from first: Int, in range: Range<Int>) -> Int {
        if random {
            let length = plan.span == 1 ? 1 : wanted
            var flow = first
            for slot in 0..<length {
                used.insert(flow)
                setPort(of: flow, in: range, slot: slot)
                flow = range.lowerBound + generator.below(range.count)
            }
            return length
        }
        if plan.span == 1 { return plan.flows == 1 ? wanted : 1 }
        // All flows on one socket go round within a batch; else it ends with the socket.
        let length = sources.count == 1 ? wanted : min(wanted, range.upperBound - first)
        var flow = first
        for slot in 0..<length {
            setPort(of: flow, in: range, slot: slot)
            flow += 1
            if flow == range.upperBound { flow = range.lowerBound }
        }
        return length
    }

    @inline(__always)
    private func setPort(of flow: Int, in range: Range<Int>, slot: Int) {
        batch.setPort(plan.firstPort + UInt16(flow - range.lowerBound), of: slot)
    }

    /// Waits until the kernel has passed on the packet, which needs the neighbour's address.
    private func awaitDeparture(of socket: borrowing Socket, run: Run) throws(SystemError) {
        while run.ending() == nil, try socket.queuedBytes() > 0 {
            run.sleep(nanoseconds: 50_000)
        }
        do throws(SystemError) {
            try socket.throwPendingError(of: "sendmmsg")
        } catch {
            // A refusal by the receiver says that the packet arrived.
            if error.code != ECONNREFUSED { throw error }
        }
    }
}
