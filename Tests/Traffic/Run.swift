import ArgumentParser
import Glibc
import Synchronization

private let interrupted = Atomic<Bool>(false)

/// The reason why a command stopped.
enum Ending: String {
    case complete, idle, timeout, interrupted
}

/// The bound in time which every command has.
struct Limit: ParsableArguments {
    @Option(help: "Seconds after which to give up with exit status 3.")
    var timeout = 60.0

    func validate() throws {
        guard timeout > 0, timeout <= 86_400 else {
            throw ValidationError("--timeout must be above 0 and at most 86400 seconds.")
        }
    }
}

/// A command's monotonic clock, its deadline and its interruption by signal.
struct Run {
    let start: UInt64
    private let deadline: UInt64

    /// Starts the clock and lets SIGINT and SIGTERM end the command with its counts.
    init(_ limit: Limit) {
        start = Self.now()
        deadline = start + UInt64(limit.timeout * 1e9)
        interrupted.store(false, ordering: .relaxed)
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in
            interrupted.store(true, ordering: .relaxed)
        }
        sigaction(SIGINT, &action, nil)
        sigaction(SIGTERM, &action, nil)
    }

    static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// Nanoseconds since the start.
    var nanoseconds: UInt64 { Self.now() - start }

    /// Seconds since the start.
    var seconds: Double { Double(nanoseconds) / 1e9 }

    /// The reason to stop at once, if there is one.
    func ending() -> Ending? {
        if interrupted.load(ordering: .relaxed) { return .interrupted }
        return Self.now() >= deadline ? .timeout : nil
    }

    /// Sleeps, but no longer than until the deadline or a tenth of a second.
    func sleep(nanoseconds: UInt64) {
        let now = Self.now()
        let length = min(nanoseconds, deadline > now ? deadline - now : 0, 100_000_000)
        var time = timespec(tv_sec: 0, tv_nsec: Int(length))
        nanosleep(&time, nil)
    }

    /// Waits for events, at most for so long and for a tenth of a second at a time.
    func poll(_ entries: inout [pollfd], milliseconds: Int32 = 100) throws(SystemError) -> Int {
        let ready = Glibc.poll(&entries, nfds_t(entries.count), min(max(milliseconds, 0), 100))
        if ready >= 0 { return Int(ready) }
        if errno == EINTR { return 0 }
        throw SystemError("poll")
    }
}

/// Prints that a server is ready on standard error, where it does not mix with the report.
func announceListening(at address: SocketAddress, port: UInt16) {
    let line = Array("listening on \(address) port \(port)\n".utf8)
    // Whoever started the server need not read this.
    _ = write(STDERR_FILENO, line, line.count)
}
