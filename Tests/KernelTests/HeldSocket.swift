import Glibc
import LinuxBackend
import TestSupport

@testable import traffic

/// A socket inside one of a lab's namespaces, open until the test lets go of it.
final class HeldSocket {
    private let socket: Socket
    private let address: SocketAddress

    /// Bound to the place's own address, where there is a port.
    init(
        _ lab: Lab, _ place: Int, _ kind: Socket.Kind, six: Bool, port: UInt16 = 0,
        receiveBuffer: Int32? = nil
    ) throws {
        let own = six ? lab.address6(place) : lab.address(place)
        guard let address = SocketAddress(argument: own)?.with(port: port) else {
            throw CommandFailure(command: "socket", output: "\(own) is no address")
        }
        self.address = address
        socket = try NamespaceEntry.run(in: "/run/netns/\(lab.hosts[place])") {
            let socket = try Socket(family: address.family, kind: kind, nonblocking: true)
            try socket.set(SOL_SOCKET, SO_REUSEADDR, 1, named: "SO_REUSEADDR")
            if let receiveBuffer {
                try socket.set(SOL_SOCKET, SO_RCVBUF, receiveBuffer, named: "SO_RCVBUF")
            }
            if port != 0 { try socket.bind(to: address) }
            return socket
        }
    }

    private init(adopting descriptor: Int32, _ address: SocketAddress) {
        socket = Socket(adopting: descriptor)
        self.address = address
    }

    func listen(backlog: Int32) throws {
        guard Glibc.listen(socket.descriptor, backlog) == 0 else { throw SystemError("listen") }
    }

    /// Begins to connect and does not wait for an answer.
    func connect(to server: HeldSocket) throws {
        try socket.connect(to: server.address)
    }

    func accept() throws -> HeldSocket? {
        try socket.accept().map { HeldSocket(adopting: $0, address) }
    }

    /// Reads what there is: how many datagrams, or pieces of a stream.
    func drain() throws -> UInt64 {
        var piece = [UInt8](repeating: 0, count: 65_536)
        var count: UInt64 = 0
        while let length = try piece.withUnsafeMutableBytes({ try socket.receive(into: $0) }),
            length > 0
        {
            count += 1
        }
        return count
    }
}
