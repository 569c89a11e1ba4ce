import Foundation
import Kubernetes
import TestSupport
import Testing
import Yams

/// deploy/manifests/rbac.yaml against what the agent asks for.
struct RoleTests {
    private struct Document: Decodable {
        struct Rule: Decodable {
            let apiGroups: [String]
            let resources: [String]
            let verbs: Set<String>
        }
        let kind: String
        let rules: [Rule]?
    }

    @Test("the role allows what the agent asks for, and nothing else")
    func role() throws {
        let text = try Repository.text(Repository.url("deploy/manifests/rbac.yaml"))
        let documents = try text.components(separatedBy: "\n---\n").map {
            try YAMLDecoder().decode(Document.self, from: $0)
        }
        let role = try #require(documents.first { $0.kind == "ClusterRole" })
        let rules = try #require(role.rules)
        #expect(rules.allSatisfy { $0.verbs == ["list", "watch"] })
        let allowed = rules.flatMap { rule in
            rule.apiGroups.flatMap { group in rule.resources.map { "\(group)/\($0)" } }
        }
        #expect(allowed.sorted() == ClusterFollower.resources.map(\.inRoles).sorted())
    }
}

extension Resource {
    /// `apps/replicasets`; the core group has no name.
    fileprivate var inRoles: String {
        let parts = path.split(separator: "/")
        return "\(parts[0] == "api" ? "" : parts[1])/\(name)"
    }
}
