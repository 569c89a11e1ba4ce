/// A table written as text, numbers and names in turn: a compiler takes long over a dictionary of
/// hundreds.
enum NumberedNames {
    static func parse(_ text: String, radix: Int) -> [UInt32: String] {
        let words = text.split { $0 == " " || $0 == "\n" }
        var names: [UInt32: String] = [:]
        for place in stride(from: 0, to: words.count - 1, by: 2) {
            if let number = UInt32(words[place], radix: radix) {
                names[number] = String(words[place + 1])
            }
        }
        return names
    }
}
