/// pktmon.exe. Anywhere but on Windows every call fails with E_NOTIMPL.
package struct LivePktmon: PktmonTransport {
    private let pktmon = LiveProgram(name: "pktmon.exe", timeout: .seconds(10), limit: 16 << 20)

    package init() {}

    package func ask(_ request: PktmonRequest) throws(WindowsCallError) -> [UInt8] {
        try pktmon.run(request.arguments, as: request.commandLine)
    }

    package func start() throws(WindowsCallError) {
        _ = try pktmon.run(["start", "--capture", "--counters-only"], as: "pktmon start")
    }

    package func stop() throws(WindowsCallError) {
        _ = try pktmon.run(["stop"], as: "pktmon stop")
    }
}
