#if os(Linux)
    import Glibc
    import Logging

    /// Keeps a second agent from the same network namespace until it is released. The kernel lets go of it
    /// even when the process is killed.
    struct AgentLock: Sendable {
        private let descriptor: Int32

        /// Nil where the folder is not ours to write, for want of privilege: such an agent cannot attach
        /// anything that a second one would count again.
        init?(folder: String, log: Logger) throws {
            mkdir(folder, 0o755)
            let path = Self.path(in: folder)
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
            if descriptor < 0, geteuid() != 0, errno == EACCES || errno == ENOENT || errno == EPERM
            {
                log.warning("no lock against a second agent", metadata: ["file": "\(path)"])
                return nil
            }
            guard descriptor >= 0 else {
                throw AgentError(
                    "cannot open \(path): \(String(cString: strerror(errno))); set state-directory")
            }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                let process = Self.process(in: descriptor)
                close(descriptor)
                throw AgentError(
                    "another agent (process \(process)) is counting on this node already; \(path) is locked"
                )
            }
            let text = Array("\(getpid())\n".utf8)
            ftruncate(descriptor, 0)
            _ = pwrite(descriptor, text, text.count, 0)
            self.descriptor = descriptor
        }

        func release() {
            close(descriptor)
        }

        /// The process of the agent that counts in this network namespace; nil where there is none. Nothing is made.
        static func holder(folder: String) throws -> String? {
            let path = path(in: folder)
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else {
                if errno == ENOENT { return nil }
                throw AgentError("cannot open \(path): \(String(cString: strerror(errno)))")
            }
            defer { close(descriptor) }
            // Not kept, and shared, so that an agent that starts now is kept from it for no more than a moment.
            if flock(descriptor, LOCK_SH | LOCK_NB) == 0 { return nil }
            return process(in: descriptor)
        }

        private static func path(in folder: String) -> String {
            var namespace = stat()
            _ = stat("/proc/self/ns/net", &namespace)
            return "\(folder)/agent-\(namespace.st_ino).lock"
        }

        private static func process(in descriptor: Int32) -> String {
            var holder = [UInt8](repeating: 0, count: 16)
            let length = max(0, read(descriptor, &holder, holder.count))
            return String(decoding: holder.prefix(length).filter { $0 > 0x20 }, as: UTF8.self)
        }
    }
#endif

/// Why the agent cannot start, in words for the person who starts it.
package struct AgentError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
