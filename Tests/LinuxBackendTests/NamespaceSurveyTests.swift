import Observability
import Synchronization
import Testing

@testable import LinuxBackend

struct NamespaceSurveyTests {
    private struct Refused: Error {}

    private func places(_ inodes: ClosedRange<UInt32>) -> EndpointPlaces {
        var places = EndpointPlaces()
        for inode in inodes {
            places.namespaces[inode] = .init(endpoint: UInt16(inode), path: "ns\(inode)")
        }
        return places
    }

    @Test("a namespace is asked again once its answer is older than the interval")
    func interval() {
        let asked = Mutex<[String]>([])
        let survey = NamespaceSurvey<UInt32>(interval: .seconds(10), budget: .seconds(9)) {
            path, inode in
            asked.withLock { $0.append(path) }
            return inode
        }
        survey.follow(places(1...2))
        let start = ContinuousClock.now
        #expect(Set(survey.readings(now: start).map(\.answer)) == [1, 2])
        #expect(survey.readings(now: start + .seconds(9)).count == 2)
        #expect(asked.withLock { $0.count } == 2)
        #expect(survey.readings(now: start + .seconds(10)).count == 2)
        #expect(asked.withLock { $0.count } == 4)
    }

    @Test("without time left the rest wait, and come first the next time")
    func budget() {
        let asked = Mutex<[UInt32]>([])
        let survey = NamespaceSurvey<UInt32>(interval: .zero, budget: .milliseconds(1)) {
            _, inode in
            asked.withLock { $0.append(inode) }
            let start = ContinuousClock.now
            while .now - start < .milliseconds(2) {}
            return inode
        }
        survey.follow(places(1...3))
        let start = ContinuousClock.now
        for second in 0..<6 { _ = survey.readings(now: start + .seconds(second)) }
        let order = asked.withLock { $0 }
        #expect(order.count == 6 && Set(order.prefix(3)) == [1, 2, 3])
        #expect(Array(order.prefix(3)) == Array(order.suffix(3)))
    }

    @Test("what cannot be asked is counted, and the last answer stays and grows old")
    func failures() {
        let refuses = Mutex(false)
        let survey = NamespaceSurvey<UInt32>(interval: .zero, budget: .seconds(9)) { _, inode in
            if refuses.withLock({ $0 }) { throw Refused() }
            return inode
        }
        survey.follow(places(1...1))
        let start = ContinuousClock.now
        _ = survey.readings(now: start)
        refuses.withLock { $0 = true }
        #expect(survey.readings(now: start + .seconds(5)).map(\.taken) == [start])
        #expect(survey.failures == 1)
        #expect(survey.age(now: start + .seconds(5)) == .seconds(5))
    }

    @Test("a namespace that is gone has no answer any more")
    func gone() {
        let survey = NamespaceSurvey<UInt32>(interval: .zero, budget: .seconds(9)) { $1 }
        survey.follow(places(1...2))
        #expect(survey.readings().count == 2)
        survey.follow(places(2...2))
        #expect(survey.readings().map(\.inode) == [2])
    }
}

struct StackLedgerTests {
    private func counters(_ drops: UInt64, established: UInt64) -> StackCounters {
        var counters = StackCounters()
        counters[.udpNoPorts] = drops
        counters[.tcpEstablished] = established
        return counters
    }

    @Test("counters go on when a namespace is made anew; gauges are the new one's")
    func anew() {
        var ledger = StackLedger()
        ledger.note(counters(10, established: 3), of: 1, inode: 100)
        ledger.note(counters(12, established: 4), of: 1, inode: 100)
        #expect(ledger.total(of: 1)?[.udpNoPorts] == 12)
        for _ in 0..<2 {
            ledger.note(counters(1, established: 2), of: 1, inode: 200)
            ledger.settle(allBut: [200])
            #expect(ledger.total(of: 1)?[.udpNoPorts] == 13)
            #expect(ledger.total(of: 1)?[.tcpEstablished] == 2)
        }
        ledger.settle(allBut: [])
        #expect(ledger.total(of: 1)?[.udpNoPorts] == 13)
        #expect(ledger.total(of: 1)?[.tcpEstablished] == nil)
    }

    @Test("a namespace that got the old one's inode is told by its smaller counters")
    func sameInode() {
        var ledger = StackLedger()
        ledger.note(counters(10, established: 3), of: 1, inode: 100)
        ledger.note(counters(2, established: 1), of: 1, inode: 100)
        ledger.note(counters(4, established: 2), of: 1, inode: 100)
        #expect(ledger.total(of: 1)?[.udpNoPorts] == 14)
        #expect(ledger.total(of: 1)?[.tcpEstablished] == 2)
    }

    @Test("two namespaces of one endpoint at the same time are added up once")
    func both() {
        var ledger = StackLedger()
        for _ in 0..<3 {
            ledger.note(counters(10, established: 3), of: 1, inode: 100)
            ledger.note(counters(5, established: 1), of: 1, inode: 200)
            ledger.settle(allBut: [100, 200])
        }
        #expect(ledger.total(of: 1)?[.udpNoPorts] == 15)
        #expect(ledger.total(of: 1)?[.tcpEstablished] == 4)
    }

    @Test("what is forgotten begins anew")
    func forgotten() {
        var ledger = StackLedger()
        ledger.note(counters(10, established: 3), of: 1, inode: 100)
        ledger.forget(1)
        #expect(ledger.total(of: 1) == nil)
    }
}
