import Observability
import TestSupport
import Testing
import Yams

struct PackagingTests {
    // Tests/Deploy/krew.py holds what is made of it against krew's rules.
    @Test("krew's template is of this version and names the program")
    func krew() throws {
        struct Manifest: Decodable {
            struct Metadata: Decodable { let name: String }
            struct Spec: Decodable {
                struct Platform: Decodable { let bin: String }
                let version: String
                let shortDescription: String
                let platforms: [Platform]
            }
            let kind: String
            let metadata: Metadata
            let spec: Spec
        }
        let text = try Repository.text(Repository.url("deploy/kubectl/fovea.yaml"))
        let manifest = try YAMLDecoder().decode(Manifest.self, from: text)
        #expect(manifest.kind == "Plugin" && manifest.metadata.name == "fovea")
        #expect(manifest.spec.version == "v\(Release.version)")
        // What kubectl finds a plugin by.
        #expect(manifest.spec.platforms.map(\.bin) == ["kubectl-fovea"])
    }
}
