import Glibc

/// Files of /proc and /sys that hold a line or a page.
enum SmallFile {
    /// The text without the newline at its end; nil where it cannot be read.
    static func text(_ path: String) -> String? {
        guard let bytes = bytes(path) else { return nil }
        var text = String(decoding: bytes, as: UTF8.self)
        if text.hasSuffix("\n") { text.removeLast() }
        return text
    }

    static func bytes(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var all: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while true {
            let length = read(descriptor, &piece, piece.count)
            if length < 0 { return nil }
            if length == 0 { return all }
            all += piece.prefix(length)
        }
    }

    /// What is in a folder of such files; nothing where it cannot be read.
    static func entries(of folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
