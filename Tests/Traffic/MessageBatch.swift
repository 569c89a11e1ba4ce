import Glibc

/// The preallocated vectors of one sendmmsg or recvmmsg call.
struct MessageBatch: ~Copyable {
    let capacity: Int
    private let buffer: ByteBuffer
    private let messages: UnsafeMutablePointer<MultiMessage>
    private let vectors: UnsafeMutablePointer<iovec>
    private let addresses: UnsafeMutablePointer<sockaddr_in6>
    private let sendMany: SystemCalls.SendMany
    private let receiveMany: SystemCalls.ReceiveMany

    /// Makes a batch whose messages share the payloads in turn.
    init(capacity: Int, payloads: [[UInt8]]) throws(SystemError) {
        let calls = (send: try SystemCalls.sendMany(), receive: try SystemCalls.receiveMany())
        sendMany = calls.send
        receiveMany = calls.receive
        self.capacity = capacity
        buffer = ByteBuffer(payloads.flatMap(\.self))
        messages = .allocate(capacity: capacity)
        vectors = .allocate(capacity: capacity)
        addresses = .allocate(capacity: capacity)
        addresses.initialize(repeating: sockaddr_in6(), count: capacity)
        messages.initialize(repeating: MultiMessage(), count: capacity)
        var offset = 0
        for index in 0..<capacity {
            let payload = payloads[index % payloads.count]
            if index % payloads.count == 0 { offset = 0 }
            let base = buffer.bytes.baseAddress?.advanced(by: offset)
            (vectors + index).initialize(to: iovec(iov_base: base, iov_len: payload.count))
            messages[index].header.msg_iov = vectors + index
            messages[index].header.msg_iovlen = 1
            offset += payload.count
        }
    }

    deinit {
        messages.deallocate()
        vectors.deallocate()
        addresses.deallocate()
    }

    /// Points every message at an address of its own, whose port can then be changed.
    func address(all destination: SocketAddress) {
        for index in 0..<capacity {
            let slot = UnsafeMutableRawPointer(addresses + index)
            messages[index].header.msg_namelen = destination.withPointer { address, size in
                slot.copyMemory(from: address, byteCount: Int(size))
                return size
            }
            messages[index].header.msg_name = slot
        }
    }

    /// Sets the destination port of one message.
    @inline(__always)
    func setPort(_ port: UInt16, of index: Int) {
        // The port lies at the same place in sockaddr_in.
        addresses[index].sin6_port = port.bigEndian
    }

    /// Sends the first messages of the batch and returns how many have really been sent, which
    /// is fewer only when the run has to end.
    ///
    /// A call that failed has sent nothing, so whatever it reports is retried: full queues and
    /// buffers, and asynchronous ICMP errors, which are reported in place of sending.
    func send(
        _ count: Int, on socket: borrowing Socket, run: Run, retries: inout UInt64
    ) throws(SystemError) -> Int {
        var sent = 0
        var refusals = 0
        while sent < count {
            let result = sendMany(socket.descriptor, messages + sent, UInt32(count - sent), 0)
            if result > 0 {
                sent += Int(result)
                refusals = 0
                continue
            }
            let error = SystemError("sendmmsg")
            switch error.code {
            case EINTR, EAGAIN: break
            case ENOBUFS: run.sleep(nanoseconds: 50_000)
            case ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ENOPROTOOPT, EHOSTDOWN:
                refusals += 1
                if refusals == 1000 { throw error }
            default: throw error
            }
            retries += 1
            if run.ending() != nil { break }
        }
        return sent
    }

    /// Receives what is there without blocking, counting the true size of each packet.
    func receive(
        _ count: Int, on socket: borrowing Socket
    ) throws(SystemError) -> (packets: Int, bytes: UInt64) {
        let flags = Int32(MSG_DONTWAIT) | Int32(MSG_TRUNC)
        let length = UInt32(min(count, capacity))
        let result = receiveMany(socket.descriptor, messages, length, flags, nil)
        if result < 0 {
            if errno == EAGAIN || errno == EINTR { return (0, 0) }
            throw SystemError("recvmmsg")
        }
        var bytes: UInt64 = 0
        for index in 0..<Int(result) { bytes += UInt64(messages[index].length) }
        return (Int(result), bytes)
    }
}
