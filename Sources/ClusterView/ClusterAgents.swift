import FoundationEssentials
package import Kubernetes
import NIOCore

/// The agents of a cluster, found by their pods' labels and read through the API server with the rights of who asks.
package struct ClusterAgents: AgentSource {
    /// What the chart puts on every agent, whatever its release is called.
    package static let selector = "app.kubernetes.io/part-of=fovea"

    private let client: APIClient
    private let namespace: String?
    private let selector: String
    private let timeout: TimeAmount

    /// All namespaces where none is named.
    package init(
        _ client: APIClient, namespace: String? = nil, selector: String = Self.selector,
        timeoutSeconds: Int = 15
    ) {
        self.client = client
        self.namespace = namespace
        self.selector = selector
        timeout = .seconds(Int64(timeoutSeconds))
    }

    private struct Page: Decodable {
        struct Metadata: Decodable { let `continue`: String? }
        let metadata: Metadata
        let items: [AgentPod]
    }

    package func places() async throws -> [AgentPlace] {
        let path = namespace.map { "/api/v1/namespaces/\($0)/pods" } ?? "/api/v1/pods"
        var places: [AgentPlace] = []
        var query = "?labelSelector=\(selector.queryEscaped)&limit=500"
        let first = query
        while true {
            let page = try await page(path + query)
            places += page.items.map(\.place)
            guard let next = page.metadata.continue, !next.isEmpty else { break }
            query = first + "&continue=\(next.queryEscaped)"
        }
        if places.isEmpty {
            let place = namespace.map { "namespace \($0)" } ?? "any namespace"
            throw AgentSourceError("no pod in \(place) has the label \(selector)")
        }
        return places
    }

    private func page(_ path: String) async throws -> Page {
        let answer: ByteBuffer
        do throws(APIError) {
            answer = try await client.get(path, timeout: timeout)
        } catch {
            if case .status(let status, _) = error, status.code == 403, namespace == nil {
                throw AgentSourceError(
                    "\(error); with --agents-in NAMESPACE the right to list pods there is enough")
            }
            throw AgentSourceError("\(error)")
        }
        do {
            return try JSONDecoder().decode(Page.self, from: Data(answer.readableBytesView))
        } catch let error as DecodingError {
            throw AgentSourceError("\(path): \(error.place)")
        }
    }

    package func get(_ document: AgentDocument, from place: AgentPlace) async throws -> [UInt8] {
        try await client.ask(place.target + document.path, for: document, timeout: timeout)
    }
}

extension APIClient {
    /// An agent's answer, whichever way it comes.
    func ask(
        _ path: String, for document: AgentDocument, timeout: TimeAmount
    ) async throws(AgentSourceError) -> [UInt8] {
        do throws(APIError) {
            let answer = try await get(
                path, accept: document.accept, limit: AgentDocument.limit, timeout: timeout)
            return Array(answer.readableBytesView)
        } catch {
            throw AgentSourceError(Self.reason(error))
        }
    }

    /// Without the path, which is in the row already.
    private static func reason(_ error: APIError) -> String {
        switch error {
        case .status(let status, _):
            // The API server says why in a Status; what has none is the agent's own answer.
            let hint = status.reason == nil ? hint(status.code) : status.hint
            let answer = "\(status)".trimmingSuffix { $0.isWhitespace || $0 == ":" }
            return answer + (hint.map { " (\($0))" } ?? "")
        case .connection(let problem, _): return problem
        case .malformed(let problem, _): return problem
        }
    }

    private static func hint(_ code: Int) -> String? {
        switch code {
        case 401: "the agent wants a token that it knows: --address with --token-file"
        case 403:
            "the agent wants a certificate or another token: --address with --client-certificate"
        default: nil
        }
    }
}

extension String {
    fileprivate func trimmingSuffix(while matches: (Character) -> Bool) -> String {
        var text = self[...]
        while let last = text.last, matches(last) { text.removeLast() }
        return String(text)
    }
}
