import Foundation
import Testing

/// The program itself: what it says and ends with.
@Suite(.timeLimit(.minutes(1)))
struct CommandTests {
    private static func run(_ arguments: [String]) throws -> (status: Int32, out: String) {
        let folder = Bundle.main.executableURL?.deletingLastPathComponent()
        let process = Process()
        process.executableURL = folder?.appendingPathComponent("kubectl-fovea")
        process.arguments = arguments
        process.environment = ["HOME": "/nonexistent"]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let bytes = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: bytes, as: UTF8.self))
    }

    @Test(
        "wrong arguments end with 2, and are explained",
        arguments: [
            ["top", "sockets"], ["top"], ["status", "-o", "xml"], ["stats"],
            ["top", "nodes", "-n", "shop"], ["drops", "--interval", "0"], ["drops", "--denied"],
            ["status", "--token-file", "x"], ["top", "pods", "--sort", "size"],
            ["status", "--server-name", "x"],
            ["status", "--address", "x:1", "--client-certificate", "x"],
            ["status", "--address", "node1"], ["status", "--address", "node1:port"],
            ["drops", "--address", "ftp://node1"], ["drops", "--address", "http://["],
        ])
    func usage(_ arguments: [String]) throws {
        let answer = try Self.run(arguments)
        #expect(answer.status == 2, "\(answer.out)")
        #expect(answer.out.contains("Error:"))
    }

    @Test("an agent that cannot be read is a row, and ends with 1")
    func unreachable() throws {
        // Port 1 of loopback is nobody's.
        let answer = try Self.run(["status", "--address", "127.0.0.1:1"])
        #expect(answer.status == 1)
        #expect(answer.out.hasPrefix("NODE"))
        #expect(answer.out.contains("\n127.0.0.1:1 "))
    }

    @Test("without a way to a cluster it ends with 1 and says what it looked for")
    func noCluster() throws {
        let answer = try Self.run(["top", "nodes"])
        #expect(answer.status == 1)
        #expect(answer.out.hasPrefix("kubectl fovea: /nonexistent/.kube/config: "))
    }

    @Test(
        "help has examples, and completions are generated for each shell",
        arguments: [
            ["--help"], ["status", "--help"], ["top", "--help"], ["drops", "--help"],
            ["--generate-completion-script", "bash"], ["--generate-completion-script", "zsh"],
            ["--generate-completion-script", "fish"],
        ])
    func help(_ arguments: [String]) throws {
        let answer = try Self.run(arguments)
        #expect(answer.status == 0)
        #expect(answer.out.contains(arguments.last == "--help" ? "kubectl fovea" : "kubectl-fovea"))
    }
}
