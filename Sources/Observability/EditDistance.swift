extension String {
    /// Letters to change, add or leave out to get from one to the other (Levenshtein).
    package func editDistance(to other: String) -> Int {
        let other = Array(other)
        var row = Array(0...other.count)
        for (line, letter) in enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for place in other.indices {
                let changed = diagonal + (letter == other[place] ? 0 : 1)
                diagonal = row[place + 1]
                row[place + 1] = Swift.min(changed, row[place] + 1, row[place + 1] + 1)
            }
        }
        return row[other.count]
    }

    /// The one that was probably meant. Further off it is a guess that leads astray.
    package func nearest(among names: some Sequence<String>) -> String? {
        let nearest =
            names
            .map { (name: $0, distance: editDistance(to: $0)) }
            .filter { $0.distance > 0 }
            .min { $0.distance < $1.distance }
        return nearest.flatMap { $0.distance <= max(2, $0.name.count / 3) ? $0.name : nil }
    }
}
