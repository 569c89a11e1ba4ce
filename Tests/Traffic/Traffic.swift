import ArgumentParser

/// The root command, which lists the generators and their counterparts.
@main
struct Traffic: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "traffic",
        abstract: "Generates network traffic whose exact size is known.",
        discussion: """
            Every subcommand sends exactly what it is told, is bounded by --timeout, and ends by \
            printing one JSON line with its counts, the seconds it took and its rate.

            Exit status: 0 done, 1 failed, 3 --timeout exceeded, 64 bad arguments, \
            130 interrupted before it was done.

            Servers print "listening" on standard error once their sockets are bound.

            Examples:
              ip netns exec a traffic udp-send --to 10.0.0.2 --port 9000 --count 1000000
              ip netns exec b traffic tcp-serve --port 7000 --sink --connections 8
              ip netns exec a traffic tcp-stream --to 10.0.0.2 --port 7000 --streams 8 \
            --bytes 1000000
            """,
        subcommands: [
            UDPSend.self, UDPSink.self, TCPServe.self, TCPStream.self, TCPChurn.self,
            RawSend.self, DelayForwarder.self, DNSServe.self, DNSQuery.self,
        ]
    )
}
