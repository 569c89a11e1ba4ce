import Observability
import Testing

@testable import Agent

struct EditDistanceTests {
    @Test(
        "a distance is the letters to change, add or leave out",
        arguments: [
            ("", "", 0), ("port", "port", 0), ("", "port", 4), ("port", "prot", 2),
            ("port", "ports", 1), ("port", "pot", 1), ("port", "part", 1), ("kitten", "sitting", 3),
            ("flaw", "lawn", 2), ("saturday", "sunday", 3), ("server.prot", "server.port", 2),
            ("Port", "port", 1), ("abc", "xyz", 3), ("größe", "grösse", 2),
            ("é", "e\u{301}", 0),
        ])
    func distance(_ left: String, _ right: String, _ expected: Int) {
        #expect(left.editDistance(to: right) == expected)
        #expect(right.editDistance(to: left) == expected)
    }

    @Test("no way over a third word is shorter")
    func triangle() {
        let words = ConfigurationKey.all.map(\.path)
        let distances = words.map { a in words.map { a.editDistance(to: $0) } }
        for a in words.indices {
            for b in words.indices {
                for c in words.indices where distances[a][c] > distances[a][b] + distances[b][c] {
                    Issue.record("\(words[a]), \(words[b]), \(words[c])")
                }
            }
        }
    }
}
