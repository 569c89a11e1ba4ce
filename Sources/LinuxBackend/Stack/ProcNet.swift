/// Files of /proc/net of the namespace that the calling thread is in.
enum ProcNet {
    static func bytes(_ name: String) throws -> [UInt8] {
        let path = "/proc/thread-self/net/\(name)"
        guard let bytes = SmallFile.bytes(path) else { throw SystemCallError("read", path) }
        return bytes
    }

    /// Empty where there is none: files with a 6 are absent without IPv6.
    static func bytesIfAny(_ name: String) -> [UInt8] {
        SmallFile.bytes("/proc/thread-self/net/\(name)") ?? []
    }
}
