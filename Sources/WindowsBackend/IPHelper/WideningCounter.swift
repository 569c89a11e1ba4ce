/// A 32-bit counter of the system made 64 bits wide. It must be read at least once per turn: at
/// 100 000 packets a second that is every eleven hours.
struct WideningCounter {
    private var last: UInt32 = 0
    private(set) var total: UInt64 = 0

    mutating func read(_ value: UInt32) {
        total &+= UInt64(value &- last)
        last = value
    }
}
