/// Whether pktmon counts, and whether it does so for us.
struct PktmonSession: Sendable {
    /// Why its counters cannot be read; nil where they can.
    let missing: String?
    private let pktmon: any PktmonTransport
    private let isOurs: Bool

    /// A session that cannot be started is somebody else's, whose counters will do. Builds before 2004 of
    /// Windows, Server 2019 among them, have no counters to print, and no JSON.
    init(_ pktmon: any PktmonTransport, starts: Bool) {
        self.pktmon = pktmon
        var refusal: WindowsCallError?
        var isOurs = false
        if starts {
            do {
                try pktmon.start()
                isOurs = true
            } catch {
                refusal = error
            }
        }
        self.isOurs = isOurs
        do {
            _ = try PktmonCounters(parsing: pktmon.ask(.counters))
            missing = nil
        } catch {
            missing = "\(refusal ?? error as any Error)"
        }
    }

    func end() {
        // Nobody is left to tell if it fails.
        if isOurs { try? pktmon.stop() }
    }
}
