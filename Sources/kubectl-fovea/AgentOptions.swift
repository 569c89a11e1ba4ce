import ArgumentParser
import ClusterView
import Foundation
import Kubernetes
import Observability

/// Which agents are asked, and how.
struct AgentOptions: ParsableArguments {
    @Option(
        name: .long,
        help: "The kubeconfig; else $KUBECONFIG, ~/.kube/config, or the pod's own account.",
        completion: .file())
    var kubeconfig: String?

    @Option(name: .long, help: "The kubeconfig's context; else its current one.")
    var context: String?

    @Option(name: .long, help: "The namespace that the agents run in; else all are looked through.")
    var agentsIn: String?

    @Option(name: [.customShort("l"), .long], help: "The label that agents' pods have.")
    var selector = ClusterAgents.selector

    @Option(
        name: .long,
        help: "HOST:PORT or URL of an agent, in place of a cluster's. May be given again.")
    var address: [String] = []

    @Option(
        name: .long, help: "With --address: a file with the bearer token that agents want.",
        completion: .file())
    var tokenFile: String?

    @Option(
        name: .long, help: "With --address: a file with the authority of the agents' certificates.",
        completion: .file())
    var certificateAuthority: String?

    @Option(
        name: .long, help: "With --address: a file with the certificate to show to agents.",
        completion: .file())
    var clientCertificate: String?

    @Option(
        name: .long, help: "With --client-certificate: a file with its private key.",
        completion: .file())
    var clientKey: String?

    @Option(
        name: .long,
        help: "With --address: the name in the agents' certificates, where it is not the host's.")
    var serverName: String?

    @Option(name: .long, help: "Seconds that an agent may take.")
    var timeout = 15

    @Option(name: .long, help: "How many agents are asked at a time.")
    var concurrency = 16

    @Option(name: .shortAndLong, help: "table, wide, json or yaml.")
    var output = OutputFormat.table

    func validate() throws {
        if timeout < 1 { throw ValidationError("--timeout is at least 1") }
        if concurrency < 1 { throw ValidationError("--concurrency is at least 1") }
        let ways = [
            "--token-file": tokenFile, "--certificate-authority": certificateAuthority,
            "--client-certificate": clientCertificate, "--server-name": serverName,
        ]
        if address.isEmpty, let (name, _) = ways.first(where: { $0.value != nil }) {
            throw ValidationError("\(name) goes with --address")
        }
        for address in address where !Self.isAddress(address) {
            throw ValidationError("--address takes HOST:PORT or a URL, and not '\(address)'")
        }
        if (clientCertificate == nil) != (clientKey == nil) {
            throw ValidationError("--client-certificate and --client-key go together")
        }
    }

    private static func isAddress(_ text: String) -> Bool {
        let isURL = text.contains("://")
        guard let parts = URLComponents(string: isURL ? text : "http://\(text)"),
            parts.host?.isEmpty == false
        else { return false }
        return isURL ? ["http", "https"].contains(parts.scheme) : parts.port != nil
    }

    /// The agents while `body` asks them; what is wrong is said, with status 1.
    func withFleet(_ body: (Fleet) async throws -> Bool) async throws {
        do {
            let isComplete: Bool
            if address.isEmpty {
                let client = try APIClient(
                    try access(), userAgent: "kubectl-fovea/\(Release.version)",
                    silence: .seconds(Int64(timeout)))
                let source = ClusterAgents(
                    client, namespace: agentsIn, selector: selector, timeoutSeconds: timeout)
                isComplete = try await finishing(client.shutdown) {
                    try await body(Fleet(source, concurrency: concurrency))
                }
            } else {
                let source = try AddressedAgents(
                    address, access: addressedAccess(),
                    userAgent: "kubectl-fovea/\(Release.version)",
                    timeoutSeconds: timeout)
                isComplete = try await finishing(source.shutdown) {
                    try await body(Fleet(source, concurrency: concurrency))
                }
            }
            if !isComplete { throw ExitCode(1) }
        } catch let code as ExitCode {
            throw code
        } catch {
            FileHandle.standardError.write(Data("kubectl fovea: \(error)\n".utf8))
            throw ExitCode(1)
        }
    }

    private func finishing<Value>(
        _ end: () async -> Void, _ body: () async throws -> Value
    ) async throws -> Value {
        let result: Result<Value, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        await end()
        return try result.get()
    }

    /// What agents that are asked by address are shown.
    private func addressedAccess() -> ClusterAccess {
        var access = ClusterAccess(server: "")
        access.token = tokenFile.map { .file($0) }
        access.authority = certificateAuthority.map { .file($0) }
        access.serverName = serverName
        if let clientCertificate, let clientKey {
            access.client = ClusterAccess.ClientCertificate(
                chain: .file(clientCertificate), key: .file(clientKey))
        }
        return access
    }

    private func access() throws -> ClusterAccess {
        try ClusterAccess.ofUser(
            kubeconfig: kubeconfig, context: context,
            environment: ProcessInfo.processInfo.environment)
    }
}

/// What is written to standard output, once or again and again.
struct Screen {
    let format: OutputFormat
    let isWatching: Bool

    /// A table that is watched takes the place of the one before.
    func show(_ text: String) {
        let isDrawn = isWatching && (format == .table || format == .wide) && isatty(1) == 1
        FileHandle.standardOutput.write(Data(((isDrawn ? "\u{1b}[H\u{1b}[2J" : "") + text).utf8))
    }
}
