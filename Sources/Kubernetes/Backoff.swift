/// How long to wait before asking again: twice as long each time, with jitter, so that a fleet that lost its
/// server at once does not come back at once.
package struct Backoff: Sendable {
    private let first: Duration
    private let most: Duration
    private var failures = 0

    package init(first: Duration = .milliseconds(500), most: Duration = .seconds(60)) {
        self.first = first
        self.most = most
    }

    /// Between half of the step and all of it; the server's own wish where it is longer.
    package mutating func next(
        atLeast wish: Duration? = nil, using random: inout some RandomNumberGenerator
    ) -> Duration {
        let step = min(most, first * (1 << min(failures, 16)))
        failures += 1
        let wait = step * Double.random(in: 0.5...1, using: &random)
        return max(wait, wish ?? .zero)
    }

    package mutating func succeeded() {
        failures = 0
    }
}
