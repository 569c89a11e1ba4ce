import CLinux
import Glibc
import Observability

/// Finds the network namespaces of this host by their files, and by the processes in them.
struct LiveNamespaces: Sendable {
    /// Folders whose files are namespaces: `ip netns`, CNI and Docker keep theirs so.
    let folders: [String]

    /// This process's own namespace.
    static func own() throws -> UInt32 {
        guard let inode = inode(of: "/proc/self/ns/net") else {
            throw SystemCallError("stat", "/proc/self/ns/net")
        }
        return inode
    }

    /// Every namespace but our own. Processes are looked at only when `wanted` holds numbers that no file
    /// accounts for: with many processes that is the dear part.
    func all(wanted: Set<Int32>, netlink: borrowing LiveNetlink) throws -> [NetworkNamespace] {
        let own = try Self.own()
        var found: [UInt32: NetworkNamespace] = [:]
        for folder in folders {
            for name in SmallFile.entries(of: folder).sorted() {
                let path = "\(folder)/\(name)"
                guard let inode = Self.inode(of: path), inode != own, found[inode] == nil else {
                    continue
                }
                found[inode] = Self.namespace(inode, name: name, path: path, netlink)
            }
        }
        if !wanted.subtracting(found.values.compactMap(\.number)).isEmpty {
            for (inode, process) in Self.processes() where inode != own && found[inode] == nil {
                found[inode] = Self.namespace(
                    inode, name: "\(process.name)-\(inode)", path: "/proc/\(process.id)/ns/net",
                    netlink)
            }
        }
        return found.values.sorted { $0.name < $1.name }
    }

    /// How many files in the folders are namespaces.
    var inFolders: Int {
        folders.reduce(0) { count, folder in
            count
                + SmallFile.entries(of: folder).count { Self.inode(of: "\(folder)/\($0)") != nil }
        }
    }

    /// Nil where it vanished while it was looked at.
    private static func namespace(
        _ inode: UInt32, name: String, path: String, _ netlink: borrowing LiveNetlink
    ) -> NetworkNamespace? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard let number = try? netlink.number(ofNamespace: descriptor) else {
            return NetworkNamespace(inode: inode, name: name, path: path, number: nil)
        }
        let addresses = (try? InterfaceAddress.all(in: netlink.addresses(namespace: number))) ?? []
        return NetworkNamespace(
            inode: inode, name: name, path: path, number: number,
            addresses: addresses.filter(\.namesItsHost).map(\.address))
    }

    /// Nil where the path is no namespace: a file left behind by an unmount has an inode of its own.
    private static func inode(of path: String) -> UInt32? {
        var file = stat()
        var system = statfs()
        guard stat(path, &file) == 0, statfs(path, &system) == 0, system.f_type == 0x6e73_6673
        else {
            return nil
        }
        return UInt32(truncatingIfNeeded: file.st_ino)
    }

    /// The process with the lowest number in each namespace.
    private static func processes() -> [UInt32: (id: Int, name: String)] {
        var first: [UInt32: (id: Int, name: String)] = [:]
        for id in SmallFile.entries(of: "/proc").compactMap({ Int($0) }).sorted() {
            var link = [UInt8](repeating: 0, count: 64)
            let length = readlink("/proc/\(id)/ns/net", &link, link.count)
            guard length > 0 else { continue }
            // net:[4026531840]
            let digits = link.prefix(length).filter {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
            }
            guard let inode = UInt32(String(decoding: digits, as: UTF8.self)), first[inode] == nil
            else {
                continue
            }
            first[inode] = (id, SmallFile.text("/proc/\(id)/comm") ?? "process")
        }
        return first
    }
}

extension InterfaceAddress {
    /// Link-local and loopback addresses are many hosts' at once.
    var namesItsHost: Bool {
        scope != 253 && scope != 254 && !(address.isV4 && address.low >> 24 & 0xff == 127)
    }
}
