import ArgumentParser

/// The server which a TCP client connects to, and the address it connects from.
struct Target: ParsableArguments {
    @Option(help: "The address to connect to.") var to: SocketAddress
    @Option(help: "The port to connect to.") var port: UInt16
    @Option(help: "The address to connect from.") var from: SocketAddress?

    func validate() throws {
        guard port > 0 else { throw ValidationError("--port must be above 0.") }
        guard from.map({ $0.family == to.family }) ?? true else {
            throw ValidationError("--from and --to must be of one address family.")
        }
    }
}
