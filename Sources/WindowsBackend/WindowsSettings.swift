/// What can be chosen of how Windows is read.
package struct WindowsSettings: Sendable, Equatable {
    /// The most processes of vfpctrl one scrape starts: one for each port, two with its rules.
    package var vfpProcesses = 32
    /// Whether VFP's rules are read, at a second process for each port.
    package var readsVFPRules = false
    /// Rules of an endpoint that have series of their own.
    package var vfpRuleSeries = 20
    /// The most network compartments of containers one scrape reads, at eight calls each; 0 reads none.
    package var compartments = 64
    /// Whether pktmon is told to count. There is one session of it on a system, and what is counted costs
    /// something for each packet, so it must be asked for; a session that runs anyway is read.
    package var startsPktmon = false
    /// Whether the packet monitor's stream is read. It is a session on the node, which copies every drop.
    package var readsPacketStream = false

    package init() {}
}
