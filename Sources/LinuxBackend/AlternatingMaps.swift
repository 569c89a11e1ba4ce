import Synchronization

/// Two maps that a program writes to in turn: one fills while the other is drained, so that nothing is read that is
/// still being added to.
final class AlternatingMaps: Sendable {
    private let maps: [BPFMap]
    private let active: BPFMap
    private let filling = Mutex(0)

    /// The program's maps `<name>_a` and `<name>_b`, and the one that says which is in use.
    init(_ program: LiveBPFProgram, _ name: String) throws {
        maps = [try program.map("\(name)_a"), try program.map("\(name)_b")]
        active = try program.map("\(name)_active")
    }

    static func prepare(
        _ object: borrowing LiveBPFProgram.Unloaded, _ name: String, entries: Int
    ) throws {
        try object.resize("\(name)_a", to: entries)
        try object.resize("\(name)_b", to: entries)
    }

    /// Hands over what came since the last call.
    func drain(_ body: (UnsafeRawPointer, UnsafeRawPointer) throws -> Void) throws {
        try filling.withLock { filling in
            let quiet = maps[filling]
            filling = 1 - filling
            // Returns after a grace period: no program still writes to the other map.
            try active.set(UInt32(0), to: UInt32(bitPattern: maps[filling].descriptor))
            try quiet.forEach(removing: true, body)
        }
    }
}
