/// What one network namespace's protocols say of themselves.
package struct StackReading: Sendable, Equatable {
    package var counters: StackCounters
    package var memory: SocketMemory

    package init(counters: StackCounters, memory: SocketMemory) {
        self.counters = counters
        self.memory = memory
    }

    /// Of the namespace that the calling thread is in.
    package static func live() throws -> StackReading {
        StackReading(
            counters: try StackCounters(
                snmp: ProcNet.bytes("snmp"), netstat: ProcNet.bytes("netstat"),
                snmp6: ProcNet.bytesIfAny("snmp6")),
            memory: try SocketMemory(
                sockstat: ProcNet.bytes("sockstat"), sockstat6: ProcNet.bytesIfAny("sockstat6")))
    }
}
