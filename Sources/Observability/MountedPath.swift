/// Where a file of a container is. A HostProcess container of Windows has what is mounted for it below a folder of its
/// own before containerd 1.7, and a variable says which; since then, and on Linux, it is where the pod says.
package enum MountedPath {
    private static let variable = "CONTAINER_SANDBOX_MOUNT_POINT"

    /// `path` as the pod says it, in the order to look: `/etc/fovea` may be `C:\C\4f1e…\etc\fovea`.
    package static func places(of path: String, environment: [String: String]) -> [String] {
        guard let folder = environment[variable], !folder.isEmpty else { return [path] }
        let separators: [Character] = ["/", "\\"]
        var root = folder[...]
        while let last = root.last, separators.contains(last) { root = root.dropLast() }
        var rest = path[...]
        if rest.dropFirst().first == ":" { rest = rest.dropFirst(2) }
        // What is not from the root is the process's own to find.
        guard let first = rest.first, separators.contains(first) else { return [path] }
        return [path, String(root + rest)]
    }

    /// The first of these that is there; `path` itself where none is, for who says that it is missing.
    package static func place(
        of path: String, environment: [String: String], isThere: (String) -> Bool
    ) -> String {
        places(of: path, environment: environment).first(where: isThere) ?? path
    }
}
