import Foundation
import Kubernetes
import Observability
import Testing

struct KubeconfigTests {
    private static let text = """
        apiVersion: v1
        kind: Config
        current-context: lab
        clusters:
        - name: lab
          cluster: {server: 'https://10.0.0.1:6443/', certificate-authority-data: Q0E=, tls-server-name: api.lab, proxy-url: 'http://proxy:3128'}
        - name: bare
          cluster: {server: 'http://127.0.0.1:8001', insecure-skip-tls-verify: true}
        contexts:
        - {name: lab, context: {cluster: lab, user: admin, namespace: shop}}
        - {name: bare, context: {cluster: bare}}
        - {name: cloud, context: {cluster: lab, user: cloud}}
        - {name: files, context: {cluster: lab, user: files}}
        - {name: half, context: {cluster: lab, user: half}}
        - {name: lost, context: {cluster: nowhere, user: admin}}
        users:
        - name: admin
          user: {client-certificate-data: Q1JU, client-key-data: S0VZ}
        - name: files
          user: {client-certificate: pki/admin.crt, client-key: /etc/pki/admin.key, tokenFile: token}
        - name: half
          user: {client-certificate-data: Q1JU}
        - name: cloud
          user:
            exec:
              apiVersion: client.authentication.k8s.io/v1
              command: bin/login
              args: [--cluster, lab]
              env: [{name: REGION, value: north}]
              interactiveMode: Never
        """

    private static func access(_ context: String? = nil) throws -> ClusterAccess {
        try Kubeconfig(parsing: text, path: "/home/ada/.kube/config").access(context: context)
    }

    @Test("the current context is taken where none is named")
    func current() throws {
        let access = try Self.access()
        #expect(access.server == "https://10.0.0.1:6443")
        #expect(access.authority == .bytes(Array("CA".utf8)))
        #expect(access.client?.chain == .bytes(Array("CRT".utf8)))
        #expect(access.client?.key == .bytes(Array("KEY".utf8)))
        #expect(access.serverName == "api.lab")
        #expect(access.proxy == "http://proxy:3128")
        #expect(access.token == nil && !access.isInsecure)
    }

    @Test("file names are relative to the kubeconfig")
    func files() throws {
        let access = try Self.access("files")
        #expect(access.client?.chain == .file("/home/ada/.kube/pki/admin.crt"))
        #expect(access.client?.key == .file("/etc/pki/admin.key"))
        #expect(access.token == .file("/home/ada/.kube/token"))
    }

    @Test("a plugin comes with its arguments and environment; a context may have no user")
    func plugin() throws {
        guard case .command(let plugin) = try Self.access("cloud").token else {
            Issue.record("no plugin")
            return
        }
        #expect(plugin.command == "/home/ada/.kube/bin/login")
        #expect(
            plugin.arguments == ["--cluster", "lab"] && plugin.environment == ["REGION": "north"])
        #expect(try Self.access("bare").isInsecure)
    }

    @Test(
        "what is wrong is said with the file and the name",
        arguments: [
            ("half", "user 'half' has half of a client certificate"),
            ("lost", "has no cluster 'nowhere'; it has lab, bare"),
            ("none", "has no context 'none'; it has lab, bare, cloud, files, half, lost"),
        ])
    func wrong(_ context: String, _ problem: String) {
        #expect(throws: ClusterAccessError("/home/ada/.kube/config", problem)) {
            try Self.access(context)
        }
    }

    @Test("a document of another shape names the key")
    func shape() {
        #expect(throws: ClusterAccessError.self) {
            try Kubeconfig(parsing: "clusters: 7", path: "x").access()
        }
        let error = #expect(throws: ClusterAccessError.self) {
            try Kubeconfig(parsing: "contexts: [{name: a, context: {user: b}}]", path: "x")
        }
        #expect(error?.problem == "contexts[0].context: no value for cluster")
    }

    @Test("a plugin's token is read with the time it runs out, and anything else is refused")
    func credential() throws {
        let answer = Data(
            #"{"kind":"ExecCredential","status":{"token":"t","expirationTimestamp":"2030-01-02T03:04:05Z"}}"#
                .utf8)
        let credential = try ExecPlugin.credential(in: answer, of: "login")
        #expect(credential.token == "t")
        #expect(credential.expiry?.timeIntervalSince1970 == 1_893_553_445)
        for text in ["", "{}", #"{"status":{"token":""}}"#] {
            #expect(throws: ClusterAccessError.self) {
                try ExecPlugin.credential(in: Data(text.utf8), of: "login")
            }
        }
    }

    @Test("a program that answers is asked once, and again when its token was refused")
    func asked() async throws {
        let counter = FileManager.default.temporaryDirectory.appending(path: "fovea-\(UUID())")
            .path()
        defer { try? FileManager.default.removeItem(atPath: counter) }
        let script =
            #"echo x >>\#(counter); printf '{"status":{"token":"t%s"}}' $(wc -l <\#(counter))"#
        let token = BearerToken(
            .command(
                ExecPlugin(
                    apiVersion: "v1", command: "sh", arguments: ["-c", script], environment: [:])))
        #expect(try await token.current() == "t1")
        #expect(try await token.current() == "t1")
        await token.refused()
        #expect(try await token.current() == "t2")
    }

    @Test("a token file is read again as it rotates, and outlives a moment without it")
    func rotation() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "fovea-\(UUID())")
        try Data("one\n".utf8).write(to: file)
        let token = BearerToken(.file(file.path()))
        let start = Date.now
        #expect(try await token.current(now: start) == "one")
        try Data("two\n".utf8).write(to: file)
        #expect(try await token.current(now: start + 30) == "one")
        #expect(try await token.current(now: start + 61) == "two")
        try FileManager.default.removeItem(at: file)
        #expect(try await token.current(now: start + 200) == "two")
    }

    @Test(
        "a server is an address where it is called by one",
        arguments: [
            ("https://10.96.0.1:443", "10.96.0.1:443"), ("https://192.0.2.7/", "192.0.2.7:443"),
            ("http://127.0.0.1", "127.0.0.1:80"),
            ("https://[2001:db8::1]:6443", "[2001:db8::1]:6443"),
            ("https://api.example.com:6443", nil),
            ("https://192.0.2.7/clusters/one", "192.0.2.7:443"),
        ] as [(String, String?)])
    func address(_ server: String, _ address: String?) {
        #expect(ClusterAccess(server: server).address == address.flatMap(ServerAddress.init))
    }

    @Test("a pod finds its own access, and outside of one there is none")
    func inCluster() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "fovea-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let inside = ["KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "6443"]
        #expect(throws: ClusterAccessError.self) {
            try ClusterAccess.inCluster(environment: inside, folder: folder.path())
        }
        try Data("t".utf8).write(to: folder.appending(path: "token"))
        let path = String(folder.path().trimmingSuffix(while: { $0 == "/" }))
        let access = try ClusterAccess.inCluster(environment: inside, folder: path)
        #expect(access?.server == "https://[fd00::1]:6443")
        #expect(access?.address == ServerAddress("[fd00::1]:6443"))
        #expect(access?.authority == .file(path + "/ca.crt"))
        #expect(access?.token == .file(path + "/token"))
        #expect(try ClusterAccess.inCluster(environment: [:], folder: path) == nil)
        // A HostProcess container before containerd 1.7.
        let parts = path.split(separator: "/")
        let mount = "/" + parts.dropLast().joined(separator: "/")
        let hosted = inside.merging(["CONTAINER_SANDBOX_MOUNT_POINT": mount]) { $1 }
        let name = "/" + (parts.last ?? "")
        #expect(
            try ClusterAccess.inCluster(environment: hosted, folder: name)?.token
                == .file(path + "/token"))
    }
}

extension String {
    fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> Substring {
        var rest = self[...]
        while let last = rest.last, predicate(last) { rest.removeLast() }
        return rest
    }
}
