/// A question for VFP, the vSwitch extension that has ports, layers and rules; vfpctrl.exe is its
/// only interface. All of these only read.
package enum VFPRequest: Hashable, Sendable {
    /// The ports of all switches: name, MAC address, statistics of the NIC.
    case ports
    /// Packets, drops, TCP flags and connections of one port, each direction.
    case counters(of: GUID)
    /// Layers, groups and rules of one port.
    case rules(of: GUID)
    /// What each rule of one port has matched, dropped and left pending.
    case ruleCounters(of: GUID)
    /// How many flows one port has, by state.
    case flowStatistics(of: GUID)

    /// For vfpctrl, without its own name. They leave it to vfpctrl whether it prints text or JSON: not
    /// every build knows `/format`.
    package var arguments: [String] {
        switch self {
        case .ports: ["/list-vmswitch-port"]
        case .counters(let port): ["/port", "\(port)", "/get-port-counter"]
        case .rules(let port): ["/port", "\(port)", "/list-rule"]
        case .ruleCounters(let port): ["/port", "\(port)", "/get-rule-counter"]
        case .flowStatistics(let port): ["/port", "\(port)", "/get-port-flow-stats"]
        }
    }

    /// For errors.
    var commandLine: String { (["vfpctrl"] + arguments).joined(separator: " ") }

    /// Where the answer is in a recording.
    var file: String {
        switch self {
        case .ports: "vfp/ports.txt"
        case .counters(let port): "vfp/counters/\(port.fileName).txt"
        case .rules(let port): "vfp/rules/\(port.fileName).txt"
        case .ruleCounters(let port): "vfp/rule-counters/\(port.fileName).txt"
        case .flowStatistics(let port): "vfp/flow-statistics/\(port.fileName).txt"
        }
    }
}

/// Runs vfpctrl and gives back what it wrote to standard output, as it stands: CRLF or LF, in the
/// system's code page, text or JSON.
package protocol VFPTransport: Sendable {
    /// Blocks until vfpctrl ends, and ends it where it takes too long.
    func ask(_ request: VFPRequest) throws(WindowsCallError) -> [UInt8]
}
