import Foundation
import Glibc
import Synchronization

/// An HTTP proxy on loopback that does CONNECT, as they stand between nodes and an API server elsewhere.
final class ConnectProxy: Sendable {
    struct Failure: Error {}

    let port: UInt16
    /// Whom it was asked to connect to.
    let targets = Mutex<[String]>([])
    private let listener: Int32

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) + listen(listener, 16)
                    + getsockname(listener, $0, &length)
            }
        }
        guard result == 0 else { throw Failure() }
        self.listener = listener
        port = UInt16(bigEndian: name.sin_port)
        Thread.detachNewThread { self.run() }
    }

    /// Nobody is let in any more; those who are go on to their end.
    func end() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private func run() {
        while true {
            let client = accept(listener, nil, nil)
            if client < 0 { return }
            Thread.detachNewThread { self.serve(client) }
        }
    }

    private func serve(_ client: Int32) {
        var head: [UInt8] = []
        var byte: UInt8 = 0
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            guard read(client, &byte, 1) == 1 else {
                close(client)
                return
            }
            head.append(byte)
        }
        let words = String(decoding: head, as: UTF8.self).split(separator: " ")
        targets.withLock { $0.append("\(words[0]) \(words[1])") }
        let server = connect(words[1].split(separator: ":").last.flatMap { UInt16($0) } ?? 0)
        let answer = Array("HTTP/1.1 200 Connection established\r\n\r\n".utf8)
        _ = write(client, answer, answer.count)
        Thread.detachNewThread {
            Self.pass(from: server, to: client)
        }
        Self.pass(from: client, to: server)
    }

    /// To loopback, whatever name was asked for.
    private func connect(_ port: UInt16) -> Int32 {
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        name.sin_port = port.bigEndian
        _ = withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return server
    }

    private static func pass(from source: Int32, to target: Int32) {
        var bytes = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = read(source, &bytes, bytes.count)
            if count <= 0 || send(target, bytes, count, Int32(MSG_NOSIGNAL)) != count {
                break
            }
        }
        shutdown(target, Int32(SHUT_WR))
    }
}
