/// Windows' own time: hundreds of nanoseconds since 1601.
enum FileTime {
    /// Nanoseconds since 1970; times beyond what fits are the first or the last that do.
    static func nanoseconds(_ time: UInt64) -> Int64 {
        let (ticks, overflow) = Int64(bitPattern: time).subtractingReportingOverflow(
            116_444_736_000_000_000)
        if overflow || time > UInt64(Int64.max) { return .max }
        let (nanoseconds, tooFar) = ticks.multipliedReportingOverflow(by: 100)
        return tooFar ? (ticks < 0 ? .min : .max) : nanoseconds
    }
}
