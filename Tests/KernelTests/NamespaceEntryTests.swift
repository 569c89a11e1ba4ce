import Glibc
import LinuxBackend
import Testing

extension KernelTier {
    @Suite
    struct NamespaceEntryTests {
        private struct Refusal: Error {}

        private func namespace() -> UInt64 {
            var file = stat()
            return stat("/proc/thread-self/ns/net", &file) == 0 ? UInt64(file.st_ino) : 0
        }

        @Test func `Work inside a namespace is inside, and after it everything is as before`()
            throws
        {
            let lab = try Lab("enter", hosts: 1)
            let home = namespace()
            let path = "/run/netns/\(lab.hosts[0])"
            let there = try NamespaceEntry.run(in: path) { namespace() }
            #expect(there != home && namespace() == home)
            #expect(throws: Refusal.self) {
                try NamespaceEntry.run(in: path) { throw Refusal() }
            }
            #expect(namespace() == home)
            let inode = UInt32(truncatingIfNeeded: there)
            #expect(try NamespaceEntry.run(in: path, inode: inode) { namespace() } == there)
        }

        @Test func `A file that is no namespace, or another's, is refused`() throws {
            let home = namespace()
            #expect(throws: SystemCallError.self) {
                try NamespaceEntry.run(in: "/run/netns/fvk-nobody") {}
            }
            #expect(throws: SystemCallError.self) { try NamespaceEntry.run(in: "/etc/hostname") {} }
            #expect {
                try NamespaceEntry.run(in: "/proc/thread-self/ns/net", inode: 1) {}
            } throws: {
                ($0 as? SystemCallError)?.code == ESTALE
            }
            #expect(namespace() == home)
        }
    }
}
