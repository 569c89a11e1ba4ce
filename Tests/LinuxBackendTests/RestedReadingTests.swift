import Synchronization
import Testing

@testable import LinuxBackend

/// A reading on a clock that the test moves, and with work for later that the test does.
struct RestedReadingTests {
    private final class World: Sendable {
        struct Failed: Error {}

        struct State {
            var now = ContinuousClock.now
            var takes = Duration.zero
            var fails = false
            var count = 0
            var work: [@Sendable () -> Void] = []
        }

        let state = Mutex(State())

        func reading() -> RestedReading<Int> {
            RestedReading(rest: 50) {
                self.state.withLock { $0.now }
            } later: { work in
                self.state.withLock { $0.work.append(work) }
            } read: {
                try self.state.withLock { state in
                    if state.fails { throw Failed() }
                    state.count += 1
                    state.now += state.takes
                    return state.count
                }
            }
        }

        func pass(_ time: Duration) { state.withLock { $0.now += time } }

        /// How many there were.
        func work() -> Int {
            let work = state.withLock { state in
                defer { state.work = [] }
                return state.work
            }
            for piece in work { piece() }
            return work.count
        }
    }

    @Test("a short one is taken while one waits, but not before it has rested")
    func short() throws {
        let world = World()
        world.state.withLock { $0.takes = .milliseconds(2) }
        let reading = world.reading()
        #expect(try reading.latest().answer == 1)
        world.pass(.milliseconds(97))
        #expect(try reading.latest().answer == 1)
        world.pass(.milliseconds(3))
        #expect(try reading.latest().answer == 2)
        #expect(world.work() == 0)
    }

    @Test("a long one is taken later, once, and until then the last one is served with its age")
    func long() throws {
        let world = World()
        world.state.withLock { $0.takes = .milliseconds(200) }
        let reading = world.reading()
        let first = try reading.latest()
        world.pass(.seconds(10))
        #expect(try reading.latest().at == first.at)
        #expect(try reading.latest().answer == 1)
        #expect(world.work() == 1)
        let second = try reading.latest()
        #expect(second.answer == 2 && second.at > first.at)
        #expect(world.work() == 0)
    }

    @Test("a failure in the background is told once, and does not stop the next")
    func failure() throws {
        let world = World()
        world.state.withLock { $0.takes = .milliseconds(200) }
        let reading = world.reading()
        _ = try reading.latest()
        world.pass(.seconds(10))
        world.state.withLock { $0.fails = true }
        _ = try reading.latest()
        #expect(world.work() == 1)
        #expect(throws: World.Failed.self) { try reading.latest() }
        world.state.withLock { $0.fails = false }
        #expect(try reading.latest().answer == 1)
        #expect(world.work() == 1)
        #expect(try reading.latest().answer == 2)
    }
}
