import CLinux
import Glibc

/// Work done inside another network namespace. What is opened there stays there: a socket made inside may be
/// used outside. Needs CAP_SYS_ADMIN. In /proc it is `/proc/thread-self/net` that follows the thread;
/// `/proc/self/net` and `/proc/net` stay with the process's first thread.
package enum NamespaceEntry {
    /// Runs `body` on this thread in the namespace whose file is at `path`, and comes back however it ends.
    /// Throws ESTALE where the file is another namespace's than `inode` says: names are given again.
    package static func run<Answer: ~Copyable>(
        in path: String, inode: UInt32? = nil, _ body: () throws -> Answer
    ) throws -> Answer {
        let home = try descriptor("/proc/thread-self/ns/net")
        defer { close(home) }
        let there = try descriptor(path)
        defer { close(there) }
        if let inode {
            var file = stat()
            guard fstat(there, &file) == 0 else { throw SystemCallError("fstat", path) }
            guard UInt32(truncatingIfNeeded: file.st_ino) == inode else {
                throw SystemCallError("setns", path, code: ESTALE)
            }
        }
        // Who may not go where he already is could not come back either.
        guard setns(home, CLONE_NEWNET) == 0, setns(there, CLONE_NEWNET) == 0 else {
            throw SystemCallError("setns", path)
        }
        defer {
            // Nothing that this thread reads from here on would be what it seems.
            if setns(home, CLONE_NEWNET) != 0 { fatalError("cannot leave \(path)") }
        }
        return try body()
    }

    private static func descriptor(_ path: String) throws -> Int32 {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemCallError("open", path) }
        return descriptor
    }
}
