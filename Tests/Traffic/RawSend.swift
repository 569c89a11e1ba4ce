import ArgumentParser
import Glibc

/// Sends literal Ethernet frames.
struct RawSend: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "raw",
        abstract: "Sends literal frames on an interface with AF_PACKET.",
        discussion: """
            The frames pass through the queueing discipline and the egress hooks like any \
            others. With several --hex, the sequence of frames is repeated --count times.

            Example:
              traffic raw --interface veth0 --count 10 --hex \
            "ffffffffffff 020000000001 8100 0064 0806 0001080006040001"
            """
    )

    @Option(help: "The interface to send on.") var interface: String
    @Option(help: "How often to send the frames.") var count: UInt64
    @Option(help: "A frame with its Ethernet header in hex; blanks and colons are ignored.")
    var hex: [Frame]
    @OptionGroup var limit: Limit

    /// The bytes of a frame given in hex.
    struct Frame: ExpressibleByArgument {
        let bytes: [UInt8]

        init?(argument: String) {
            let digits = argument.filter { !" :\n".contains($0) }.map(\.hexDigitValue)
            guard digits.count.isMultiple(of: 2), digits.count >= 28 else { return nil }
            var bytes: [UInt8] = []
            for index in stride(from: 0, to: digits.count, by: 2) {
                guard let high = digits[index], let low = digits[index + 1] else { return nil }
                bytes.append(UInt8(high << 4 | low))
            }
            self.bytes = bytes
        }
    }

    func validate() throws {
        guard (1...64).contains(hex.count) else {
            throw ValidationError("Give 1 to 64 frames with --hex.")
        }
    }

    func run() throws {
        let socket = try openSocket()
        let repetitions = 64 / hex.count
        let batch = try MessageBatch(
            capacity: repetitions * hex.count, payloads: hex.map(\.bytes))
        let run = Run(limit)
        let total = count * UInt64(hex.count)
        var sent: UInt64 = 0
        var retries: UInt64 = 0
        var ending = Ending.complete
        while sent < total {
            if let stop = run.ending() {
                ending = stop
                break
            }
            let length = Int(min(UInt64(batch.capacity), total - sent))
            sent += UInt64(try batch.send(length, on: socket, run: run, retries: &retries))
        }
        let seconds = run.seconds

        let sequence = hex.map { UInt64($0.bytes.count) }
        let rest = sequence.prefix(Int(sent % UInt64(hex.count))).reduce(0, +)
        var report = Report(command: "raw")
        report.add("frames", sent)
        report.add("bytes", sent / UInt64(hex.count) * sequence.reduce(0, +) + rest)
        report.add("retries", retries)
        report.add(seconds: seconds, rateOf: sent, unit: "frames", ending: ending)
        try report.finish(ending)
    }

    /// Opens a packet socket which sends on the interface and receives nothing.
    private func openSocket() throws(SystemError) -> Socket {
        let index = if_nametoindex(interface)
        if index == 0 { throw SystemError("if_nametoindex(\(interface))") }
        let socket = try Socket(family: AF_PACKET, kind: .packet)
        // struct sockaddr_ll, which the Glibc module does not import.
        var address: (UInt16, UInt16, UInt32, UInt64, UInt32) = (UInt16(AF_PACKET), 0, index, 0, 0)
        let result = withUnsafeBytes(of: &address) { bytes in
            bind(socket.descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), 20)
        }
        if result != 0 { throw SystemError("bind") }
        return socket
    }
}
