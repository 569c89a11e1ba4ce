import Testing

@testable import Kubernetes

struct ObjectUIDTests {
    @Test("UUIDs are told apart by each of their digits, whatever their case")
    func digits() {
        let text = "7a1f0c1e-9f4b-4c62-8d1f-0123456789ab"
        let uid = ObjectUID(text)
        #expect(ObjectUID(text.uppercased()) == uid)
        for place in text.indices where text[place] != "-" {
            var other = text
            other.replaceSubrange(place...place, with: text[place] == "3" ? "4" : "3")
            #expect(ObjectUID(other) != uid)
        }
    }

    @Test("text that is no UUID is told apart, too")
    func text() {
        let words = (0..<10_000).map { "object-\($0)" } + ["", "-", "7a1f0c1e"]
        #expect(Set(words.map { ObjectUID($0) }).count == words.count)
        // As long as one, and none.
        let long = String(repeating: "-", count: 36)
        #expect(ObjectUID(long) != ObjectUID(""))
    }

    @Test("shared words are the words they were, however many there are")
    func shared() {
        let words = (0..<50_000).map { "a-word-that-is-long-enough-\($0 % 20_000)" }
        #expect(words.allSatisfy { SharedText.of($0) == $0 })
        #expect(SharedText.of("short") == "short")
    }
}
