import MetricSchema
import Testing

@testable import LinuxBackend

struct DetailLossesTests {
    private let key = DetailLosses.Key(endpoint: 3, direction: .egress)

    @Test("a loss is published at the end of the cycle after its own")
    func late() {
        var losses = DetailLosses()
        losses.close(lostSoFar: [key: .init(packets: 10, bytes: 1000)])
        #expect(losses[3, .egress] == .init())
        losses.close(lostSoFar: [key: .init(packets: 10, bytes: 1000)])
        #expect(losses[3, .egress] == .init(packets: 10, bytes: 1000))
        #expect(losses[3, .ingress] == .init() && losses[4, .egress] == .init())
    }

    @Test("what had been seen of a lost flow is taken off")
    func seen() {
        var losses = DetailLosses()
        losses.close(lostSoFar: [key: .init(packets: 10, bytes: 1000)])
        losses.seen(3, .egress, .init(packets: 4, bytes: 400))
        losses.close(lostSoFar: [key: .init(packets: 10, bytes: 1000)])
        #expect(losses[3, .egress] == .init(packets: 6, bytes: 600))
    }

    @Test("what is still owed is kept back until it is known to be seen or not")
    func owed() {
        let lost = [key: FlowLedger.Amount(packets: 10, bytes: 1000)]
        var losses = DetailLosses()
        losses.close(lostSoFar: lost)
        losses.owed(3, .egress, .init(packets: 4, bytes: 400))
        losses.close(lostSoFar: lost)
        #expect(losses[3, .egress] == .init(packets: 6, bytes: 600))
        losses.seen(3, .egress, .init(packets: 1, bytes: 100))
        losses.close(lostSoFar: lost)
        #expect(losses[3, .egress] == .init(packets: 9, bytes: 900))
    }

    @Test("what is published is never taken back")
    func monotonic() {
        var losses = DetailLosses()
        losses.close(lostSoFar: [key: .init(packets: 10, bytes: 1000)])
        losses.close(lostSoFar: [key: .init(packets: 10, bytes: 1000)])
        losses.seen(3, .egress, .init(packets: 4, bytes: 400))
        losses.close(lostSoFar: [key: .init(packets: 12, bytes: 1200)])
        #expect(losses[3, .egress] == .init(packets: 10, bytes: 1000))
    }

    @Test("an endpoint's number begins anew when it is given again")
    func forgotten() {
        var losses = DetailLosses()
        losses.close(lostSoFar: [key: .init(packets: 10, bytes: 1000)])
        losses.close(lostSoFar: [key: .init(packets: 10, bytes: 1000)])
        losses.forget(3)
        #expect(losses[3, .egress] == .init())
        losses.close(lostSoFar: [key: .init(packets: 1, bytes: 100)])
        losses.close(lostSoFar: [key: .init(packets: 1, bytes: 100)])
        #expect(losses[3, .egress] == .init(packets: 1, bytes: 100))
    }
}
