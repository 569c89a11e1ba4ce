import LinuxBackend
import Observability
import Testing

struct PeerNodePlacesTests {
    private let start = ContinuousClock.now

    private func at(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

    private func nodes(_ texts: String...) throws -> [PeerNode] {
        try texts.map { try #require(PeerNode($0)) }
    }

    private func names(_ places: [PeerNodePlaces.Place]) -> [String] {
        places.map { "\($0.number) \($0.name)" }
    }

    @Test("a node keeps its place while others come and go, and has all of its addresses")
    func kept() throws {
        var places = PeerNodePlaces(capacity: 3)
        #expect(
            places.follow(try nodes("b=192.0.2.2", "a=192.0.2.1", "b=2001:db8::2"), now: start)
                == [0, 1])
        #expect(names(places.present) == ["0 a", "1 b"])
        #expect(places.follow(try nodes("b=192.0.2.9", "c=192.0.2.3"), now: at(1)) == [2])
        #expect(names(places.present) == ["1 b", "2 c"])
        #expect(names(places.shown(at: at(1))) == ["0 a", "1 b", "2 c"])
        let watched = places.watched.map { "\($0.key) \($0.value)" }.sorted()
        #expect(watched == ["192.0.2.3 2", "192.0.2.9 1"])
    }

    @Test("a place is another's only a while after its series have ended")
    func reused() throws {
        var places = PeerNodePlaces(capacity: 1)
        let (old, new) = (try nodes("old=192.0.2.1"), try nodes("new=192.0.2.1"))
        #expect(places.follow(old, now: start) == [0])
        #expect(places.follow(new, now: at(10)) == [])
        #expect(places.watched.isEmpty && places.unplaced == 1)
        #expect(names(places.shown(at: at(309))) == ["0 old"])
        #expect(places.shown(at: at(310)).isEmpty)
        #expect(places.follow(new, now: at(369)) == [] && places.unplaced == 1)
        #expect(places.follow(new, now: at(370)) == [0] && places.unplaced == 0)
        #expect(names(places.shown(at: at(370))) == ["0 new"])
    }

    @Test("a node that comes back before its place is another's goes on in it")
    func returned() throws {
        var places = PeerNodePlaces(capacity: 1)
        let node = try nodes("a=192.0.2.1")
        _ = places.follow(node, now: start)
        _ = places.follow([], now: at(10))
        #expect(places.present.isEmpty)
        #expect(places.follow(node, now: at(400)) == [])
        #expect(names(places.shown(at: at(1000))) == ["0 a"])
    }

    @Test("an address that passes to another node is watched for that one at once")
    func passed() throws {
        var places = PeerNodePlaces(capacity: 2)
        _ = places.follow(try nodes("a=192.0.2.1"), now: start)
        #expect(places.follow(try nodes("b=192.0.2.1"), now: at(1)) == [1])
        #expect(places.watched.values.map(\.self) == [1])
    }

    @Test("what cannot be watched is not shown, and is tried again")
    func refused() throws {
        struct Refusal: Error {}
        let board = PeerNodeBoard(capacity: 1)
        let nodes = try nodes("a=192.0.2.1")
        #expect(throws: Refusal.self) { try board.follow(nodes) { _, _ in throw Refusal() } }
        #expect(board.places.present.isEmpty)
        board.follow(nodes) { watched, fresh in
            #expect(watched.count == 1 && fresh == [0])
            #expect(board.places.present.isEmpty)
        }
        #expect(names(board.places.present) == ["0 a"])
    }
}
