import Foundation
import Kubernetes
import TestSupport
import Testing
import Yams

/// The role in deploy/manifests against what the agent asks for.
struct RoleTests {
    private struct Role: Decodable {
        struct Rule: Decodable {
            let apiGroups: [String]
            let resources: [String]
            let verbs: Set<String>
        }
        let rules: [Rule]
    }

    @Test(
        "the role allows what the agent asks for, and nothing else",
        arguments: [
            ("linux.yaml", []),
            // Where no flows are followed, no policies and no services' ends are.
            ("windows.yaml", ["networkpolicies", "endpointslices"]),
        ])
    func role(manifest: String, notAsked: [String]) throws {
        let text = try Repository.text(Repository.url("deploy/manifests/\(manifest)"))
        let roles = try text.components(separatedBy: "\n---\n")
            .filter { $0.contains("\nkind: ClusterRole\n") }
            .map { try YAMLDecoder().decode(Role.self, from: $0) }
        let role = try #require(roles.count == 1 ? roles.first : nil)
        let rules = role.rules
        let (writing, reading) = (
            rules.filter { $0.resources.contains { $0.hasSuffix("/status") } },
            rules.filter { !$0.resources.contains { $0.hasSuffix("/status") } }
        )
        #expect(reading.allSatisfy { $0.verbs == ["list", "watch"] })
        #expect(
            writing.map(\.verbs) == [["patch"]]
                && writing.map(\.resources) == [["metricsconfigurations/status"]])
        let allowed = reading.flatMap { rule in
            rule.apiGroups.flatMap { group in rule.resources.map { "\(group)/\($0)" } }
        }
        let asked = ClusterFollower.resources.filter { !notAsked.contains($0.name) }
        #expect(allowed.sorted() == asked.map(\.inRoles).sorted())
    }
}

extension Resource {
    /// `apps/replicasets`; the core group has no name.
    fileprivate var inRoles: String {
        let parts = path.split(separator: "/")
        return "\(parts[0] == "api" ? "" : parts[1])/\(name)"
    }
}
