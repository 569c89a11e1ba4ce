import MetricSchema
import TestSupport
import Observability
import Testing

@testable import LinuxBackend

struct EndpointRosterTests {
    private let blue = AttachmentPlan.Owner.namespace("blue")
    private let green = AttachmentPlan.Owner.namespace("green")
    private let uplink = AttachmentPlan.Owner.uplink("eth0")
    private let db = EndpointName(Identity(namespace: "a", pod: "db-0"), object: "first")
    private let start = ContinuousClock.now
    private let grace = SeriesLifetime.grace

    @Test("numbers begin with 1, and 0 is nobody's")
    func first() {
        var roster = EndpointRoster(capacity: 3)
        #expect(roster.number(for: blue) == 1)
        #expect(roster.number(for: green) == 2)
        #expect(roster.number(for: uplink) == nil)
    }

    @Test("the same owner keeps its number")
    func same() {
        var roster = EndpointRoster(capacity: 8)
        let number = roster.number(for: blue)
        #expect(roster.number(for: green) != number)
        #expect(roster.number(for: blue) == number)
    }

    @Test("a namespace made anew within the grace is the same endpoint")
    func back() {
        var roster = EndpointRoster(capacity: 8)
        let number = roster.number(for: blue)
        #expect(roster.retire(allBut: [], now: start).isEmpty)
        #expect(roster.rows[blue]?.retired == start)
        #expect(roster.number(for: blue) == number)
        #expect(roster.rows[blue]?.retired == nil)
        #expect(roster.retire(allBut: [blue], now: start + grace * 2).isEmpty)
    }

    @Test(
        "a number is given again only after the grace, counted from when its owner was first missed"
    )
    func reuse() {
        var roster = EndpointRoster(capacity: 2)
        #expect(roster.number(for: blue) == 1)
        #expect(roster.retire(allBut: [], now: start).isEmpty)
        #expect(roster.retire(allBut: [], now: start + grace - .seconds(1)).isEmpty)
        #expect(roster.number(for: green) == nil)
        let gone = roster.retire(allBut: [], now: start + grace)
        #expect(gone.map(\.owner) == [blue])
        #expect(roster.number(for: green) == nil, "not yet released")
        for row in gone { roster.release(row) }
        #expect(roster.number(for: green) == 1)
        #expect(roster.rows[blue] == nil)
    }

    @Test("an uplink keeps its number for good")
    func uplinks() {
        var roster = EndpointRoster(capacity: 8)
        let number = roster.number(for: uplink)
        #expect(roster.retire(allBut: [], now: start).isEmpty)
        #expect(roster.retire(allBut: [], now: start + grace * 100).isEmpty)
        #expect(roster.number(for: uplink) == number)
    }

    @Test("an endpoint that goes takes nobody along")
    func others() {
        var roster = EndpointRoster(capacity: 8)
        _ = roster.number(for: blue)
        _ = roster.number(for: green)
        _ = roster.retire(allBut: [green], now: start)
        #expect(roster.retire(allBut: [green], now: start + grace).map(\.owner) == [blue])
        #expect(roster.rows[green]?.retired == nil)
    }

    @Test("a pod is one endpoint at a time, and keeps its name when nobody says it any more")
    func names() {
        var roster = EndpointRoster(capacity: 8)
        _ = roster.number(for: blue)
        _ = roster.number(for: green)
        #expect(roster.rows[blue]?.identity == Identity(pod: "blue"))
        #expect(roster.name(blue, db) == .done)
        #expect(roster.rows[blue]?.identity == db.identity)
        #expect(roster.name(green, db) == .waits)
        #expect(roster.rows[green]?.identity == Identity(pod: "green"))
        _ = roster.retire(allBut: [green], now: start)
        #expect(roster.rows[blue]?.identity == db.identity)
        // The old one is gone, but this is still said to be its address.
        #expect(roster.name(green, db) == .waits)
    }

    @Test("a later pod of the same name takes the place of the one that is gone")
    func successor() throws {
        let later = EndpointName(db.identity, object: "second")
        var roster = EndpointRoster(capacity: 8)
        _ = roster.number(for: blue)
        _ = roster.number(for: green)
        _ = roster.name(blue, db)
        #expect(roster.name(green, later) == .waits)
        _ = roster.retire(allBut: [green], now: start)
        let gone = try #require(roster.rows[blue])
        #expect(roster.name(green, later) == .succeeds(gone))
        roster.release(gone)
        #expect(roster.name(green, later) == .done)
        #expect(roster.rows.values.map(\.identity) == [db.identity])
    }

    @Test("links are those set last, and strangers have none")
    func links() {
        var roster = EndpointRoster(capacity: 8)
        _ = roster.number(for: blue)
        roster.set(links: ["a", "b"], of: blue)
        roster.set(links: ["c"], of: green)
        #expect(roster.rows[blue]?.links == ["a", "b"])
        #expect(roster.rows[green] == nil)
    }

    @Test("no number is two owners' at once", arguments: 0..<50 as Range<UInt64>)
    func unique(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var roster = EndpointRoster(capacity: 6)
        var now = start
        for _ in 0..<200 {
            let present = Set(
                (0..<8).filter { _ in random.once(in: 3) }.map {
                    AttachmentPlan.Owner.namespace("pod\($0)")
                })
            for owner in present { _ = roster.number(for: owner) }
            for row in roster.retire(allBut: present, now: now) { roster.release(row) }
            now += grace / Int.random(in: 1...4, using: &random)
            let numbers = roster.rows.values.map(\.number)
            #expect(Set(numbers).count == numbers.count)
            #expect(numbers.allSatisfy { (1..<6).contains($0) })
        }
    }
}
