import Foundation
import Kubernetes
import Testing

/// Where a person's way to a cluster is looked for.
struct UserAccessTests {
    private static func config(_ context: String, server: String) -> String {
        """
        current-context: \(context)
        contexts: [{name: \(context), context: {cluster: c}}]
        clusters: [{name: c, cluster: {server: "\(server)"}}]
        """
    }

    private static func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "fovea-user-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder.appending(path: ".kube"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.path())
    }

    @Test("the named file comes first, then KUBECONFIG, then the one in the home folder")
    func order() throws {
        try Self.withFolder { home in
            func write(_ name: String, _ server: String) throws -> String {
                let path = "\(home)/\(name)"
                try Self.config(name.filter(\.isLetter), server: server).write(
                    toFile: path, atomically: false, encoding: .utf8)
                return path
            }
            let own = try write(".kube/config", "https://own")
            let a = try write("a", "https://a")
            let b = try write("b", "https://b")
            #expect(own.hasSuffix("/.kube/config"))
            func server(
                _ file: String?, _ context: String? = nil, _ variable: String? = nil
            ) throws -> String {
                var environment = ["HOME": home]
                environment["KUBECONFIG"] = variable
                return try ClusterAccess.ofUser(
                    kubeconfig: file, context: context, environment: environment
                ).server
            }
            #expect(try server(nil) == "https://own")
            #expect(try server(nil, nil, a) == "https://a")
            #expect(try server(b, nil, a) == "https://b")
            #expect(try server(nil, nil, "\(home)/none:\(b)") == "https://b")
            #expect(try server(nil, "b", "\(a):\(b)") == "https://b")
        }
    }

    @Test("where there is none, what was looked for is named")
    func none() throws {
        try Self.withFolder { home in
            let error = #expect(throws: ClusterAccessError.self) {
                try ClusterAccess.ofUser(
                    kubeconfig: nil, context: nil, environment: ["HOME": home])
            }
            #expect(error?.place.hasSuffix("/.kube/config") == true)
            #expect(error?.problem.contains("KUBECONFIG") == true)
            #expect(throws: ClusterAccessError.self) {
                try ClusterAccess.ofUser(
                    kubeconfig: nil, context: nil,
                    environment: ["HOME": home, "KUBECONFIG": "\(home)/none"])
            }
        }
    }
}
