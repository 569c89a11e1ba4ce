import Dispatch
import Synchronization

/// A reading that is taken anew only after a rest of so many times as long as taking it took, so that it never
/// costs more than that part of a processor, however often it is asked for and however long it takes. One that takes
/// long is taken in the background: who asks gets the last one, and its age.
final class RestedReading<Answer: Sendable>: Sendable {
    struct Taken: Sendable {
        let answer: Answer
        let at: ContinuousClock.Instant
        let took: Duration
    }

    private struct State {
        var last: Taken?
        var isBusy = false
        var failure: (any Error)?
    }

    /// Readings that take longer than this are not waited for.
    private static var short: Duration { .milliseconds(20) }

    private let rest: Int
    private let clock: @Sendable () -> ContinuousClock.Instant
    private let later: @Sendable (@escaping @Sendable () -> Void) -> Void
    private let read: @Sendable () throws -> Answer
    private let state = Mutex(State())

    init(
        rest: Int = 50,
        clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        later: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void = {
            DispatchQueue.global(qos: .utility).async(execute: $0)
        },
        read: @escaping @Sendable () throws -> Answer
    ) {
        self.rest = rest
        self.clock = clock
        self.later = later
        self.read = read
    }

    /// The first is waited for. A failure in the background is thrown to who asks next.
    func latest() throws -> Taken {
        let (last, failure) = state.withLock { state in
            defer { state.failure = nil }
            return (state.last, state.failure)
        }
        if let failure { throw failure }
        guard let last else { return try take() }
        if clock() - last.at < last.took * rest { return last }
        if last.took <= Self.short { return try take() }
        refresh()
        return last
    }

    private func refresh() {
        let begins = state.withLock { state in
            defer { state.isBusy = true }
            return !state.isBusy
        }
        guard begins else { return }
        later {
            let result = Result { _ = try self.take() }
            self.state.withLock { state in
                state.isBusy = false
                if case .failure(let error) = result { state.failure = error }
            }
        }
    }

    private func take() throws -> Taken {
        let start = clock()
        let taken = Taken(answer: try read(), at: start, took: clock() - start)
        state.withLock { $0.last = taken }
        return taken
    }
}
