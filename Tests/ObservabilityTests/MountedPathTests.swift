import Observability
import Testing

@Suite struct MountedPathTests {
    private func places(_ path: String, below folder: String?) -> [String] {
        MountedPath.places(
            of: path, environment: folder.map { ["CONTAINER_SANDBOX_MOUNT_POINT": $0] } ?? [:])
    }

    @Test("without the variable a file is where it is said to be, and nowhere else")
    func staysElsewhere() {
        #expect(places("/etc/fovea/fovea.yaml", below: nil) == ["/etc/fovea/fovea.yaml"])
        #expect(places("/etc/fovea/fovea.yaml", below: "") == ["/etc/fovea/fovea.yaml"])
    }

    static let forms: [(String, String, String)] = [
        ("/etc/fovea.yaml", #"C:\C\4f1e"#, #"C:\C\4f1e/etc/fovea.yaml"#),
        ("/etc/fovea.yaml", #"C:\C\4f1e\"#, #"C:\C\4f1e/etc/fovea.yaml"#),
        (#"C:\etc\fovea.yaml"#, #"C:\C\4f1e"#, #"C:\C\4f1e\etc\fovea.yaml"#),
        (#"\etc\fovea.yaml"#, "/mnt/", #"/mnt\etc\fovea.yaml"#),
    ]

    @Test(
        "with it a file is looked for where it is said to be, and then below the folder",
        arguments: forms)
    func looksBelow(_ path: String, _ folder: String, _ below: String) {
        #expect(places(path, below: folder) == [path, below])
    }

    @Test(
        "what is not from the root is where the process is",
        arguments: ["fovea.yaml", "C:fovea", ""])
    func leavesRelative(_ path: String) {
        #expect(places(path, below: #"C:\hpc"#) == [path])
    }

    @Test("the first that is there is taken; where none is, the path stays for the message")
    func takesFirst() {
        let environment = ["CONTAINER_SANDBOX_MOUNT_POINT": "/c"]
        func place(_ there: Set<String>) -> String {
            MountedPath.place(of: "/etc/x", environment: environment, isThere: there.contains)
        }
        #expect(place(["/etc/x", "/c/etc/x"]) == "/etc/x")
        #expect(place(["/c/etc/x"]) == "/c/etc/x")
        #expect(place([]) == "/etc/x")
    }
}
