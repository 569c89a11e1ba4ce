/// The numbering of flows over source sockets and destination ports.
struct FlowPlan {
    let flows: Int
    /// Distinct destination ports, and so flows, for each source socket.
    let span: Int
    let firstPort: UInt16

    /// Fits the flows into the ports which there are from the first one on.
    init(flows: Int, span: Int, firstPort: UInt16) {
        self.flows = flows
        self.firstPort = firstPort
        self.span = min(span, flows, 65536 - Int(firstPort))
    }

    var sockets: Int { (flows + span - 1) / span }

    func socket(of flow: Int) -> Int { flow / span }

    /// The flows of one socket.
    func flows(of socket: Int) -> Range<Int> {
        socket * span..<min(flows, (socket + 1) * span)
    }
}

/// The set of flows which have really been used.
struct FlowSet {
    private var words: [UInt64]
    private(set) var count: UInt64 = 0

    init(flows: Int) {
        words = Array(repeating: 0, count: (flows + 63) / 64)
    }

    mutating func insert(_ flow: Int) {
        let bit = UInt64(1) << UInt64(flow & 63)
        if words[flow >> 6] & bit == 0 {
            words[flow >> 6] |= bit
            count += 1
        }
    }
}

/// A small generator whose fixed seed makes runs repeatable (SplitMix64).
struct FixedRandom {
    private var state: UInt64 = 0x9E37_79B9_7F4A_7C15

    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        return Int(mixed.multipliedFullWidth(by: UInt64(bound)).high)
    }
}

/// The steady rate at which packets become due.
struct Pacer {
    let packetsPerSecond: Double?

    /// How many packets are due and not sent yet; sleeps when none is.
    func due(sent: UInt64, run: Run) -> UInt64 {
        guard let packetsPerSecond else { return .max }
        let elapsed = run.nanoseconds
        let allowed = UInt64(Double(elapsed) * packetsPerSecond / 1e9) + 1
        if allowed > sent { return allowed - sent }
        let next = UInt64(Double(sent) * 1e9 / packetsPerSecond) + 1
        run.sleep(nanoseconds: next > elapsed ? next - elapsed : 1)
        return 0
    }
}
