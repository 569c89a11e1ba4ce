import Synchronization

/// Words that many objects say, such as a node's name, kept once where they were said lately.
enum SharedText {
    /// A power of two. So many copies of a word there are at most as words came between that have its place.
    private static let places = 8_192
    private static let recent = Mutex([String](repeating: "", count: places))

    /// The same text, and mostly the same copy of it.
    static func of(_ text: String) -> String {
        // Shorter text has no copy of its own.
        if text.utf8.count <= 15 { return text }
        let place = text.hashValue & (places - 1)
        return recent.withLock { recent in
            if recent[place] != text { recent[place] = text }
            return recent[place]
        }
    }
}
