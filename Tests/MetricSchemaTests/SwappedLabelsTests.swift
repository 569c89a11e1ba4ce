import Glibc
import Testing

/// A metric's labels are types, so a sample with wrong ones does not compile. Asks the compiler.
@Suite(.enabled(if: Compiler.isHere, "no swiftc in PATH, or no modules beside the tests"))
struct SwappedLabelsTests {
    private static let pod = #"PodLabel(Identity(namespace: "shop", pod: "cart"))"#
    private static let source = #"SourceLabel(Identity(namespace: "shop", pod: "cart"))"#

    @Test(
        "a sample with its metric's labels compiles",
        arguments: [
            "nodePackets, .ingress", "podPackets, \(pod), .egress",
            "flowPackets, \(source), DestinationLabel(.world), .tcp, .egress",
        ])
    func right(_ sample: String) {
        let (status, output) = Compiler.check(sample)
        #expect(status == 0, "\(output)")
    }

    @Test(
        "a sample with labels swapped, missing or of another metric does not compile",
        arguments: [
            "podPackets, Direction.egress, \(pod)", "podPackets, \(pod)", "podPackets",
            "podPackets, \(source), Direction.egress", "nodePackets, Direction.egress, \(pod)",
            #"nodePackets, "egress""#, #"nodeDropPackets, Direction.egress, DropReason("x")"#,
            "flowBytes, DestinationLabel(.node), \(source), TransportProtocol.tcp, Direction.egress",
        ])
    func wrong(_ sample: String) {
        let (status, output) = Compiler.check(sample)
        #expect(status != 0)
        #expect(output.contains("error: "), "\(output)")
        // Nothing but the labels may be what it complains about.
        #expect(!output.contains("no such module") && !output.contains("cannot find"), "\(output)")
    }
}

/// The toolchain's compiler, on the modules that the tests themselves were built from.
private enum Compiler {
    static let modules: String? = {
        var path = [CChar](repeating: 0, count: 4096)
        guard readlink("/proc/self/exe", &path, path.count - 1) > 0 else { return nil }
        let program = String(
            decoding: path.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        let folders = [
            program, CommandLine.arguments[0],
        ].map {
            $0.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(
                separator: "/")
        }
        return folders.map { "\($0)/Modules" }.first {
            access("\($0)/MetricSchema.swiftmodule", R_OK) == 0
        }
    }()

    static var isHere: Bool { modules != nil && run("command -v swiftc").status == 0 }

    /// Type-checks a program that adds a sample by `labels`, "metric, label, label".
    static func check(_ labels: String) -> (status: Int32, output: String) {
        let program = """
            @testable import MetricSchema
            func add<each L: Label>(_ metric: Metric<repeat each L>, _ labels: repeat each L) {}
            add(Catalog.\(labels))
            """
        return run(
            """
            swiftc -typecheck -swift-version 6 -I '\(modules ?? "")' - 2>&1 <<'END'
            \(program)
            END
            """)
    }

    private static func run(_ command: String) -> (status: Int32, output: String) {
        guard let pipe = popen(command, "r") else { return (-1, "popen: \(errno)") }
        var output: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = fread(&piece, 1, piece.count, pipe)
            if count == 0 { break }
            output += piece.prefix(count)
        }
        return (pclose(pipe), String(decoding: output, as: UTF8.self))
    }
}
