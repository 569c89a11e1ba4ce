import Foundation

/// Another program's classifier or XDP program, as a CNI would have one on the same interface.
enum ForeignFilter {
    static func attach(to link: String) throws {
        try withObject("tc", returning: -1) { object in
            try Lab.run(
                "tc", "filter", "add", "dev", link, "ingress", "bpf", "da", "obj", object, "sec",
                "tc")
        }
    }

    /// Compiles a program that gives every packet one verdict; the file is there while `body` runs.
    static func withObject(
        _ section: String, returning verdict: Int, _ body: (_ object: String) throws -> Void
    ) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "fovea-foreign-\(getpid())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let source = folder.appendingPathComponent("foreign.c").path
        let object = folder.appendingPathComponent("foreign.o").path
        let program = """
            __attribute__((section("\(section)"), used)) int somebody_elses(void *packet)
            {
                return \(verdict);
            }
            char LICENSE[] __attribute__((section("license"), used)) = "GPL";
            """
        try program.write(toFile: source, atomically: true, encoding: .utf8)
        try Lab.run("clang", "-target", "bpf", "-O2", "-g", "-c", source, "-o", object)
        try body(object)
    }
}
