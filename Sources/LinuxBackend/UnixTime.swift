import Glibc

/// What clocks on walls show.
package enum UnixTime {
    /// Seconds since 1970, to the millisecond.
    package static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000) / 1_000
    }
}
