import Agent
import ArgumentParser

struct Record: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write down what a Windows node says about its network, to look at elsewhere.",
        discussion: """
            Asks everything the agent can ask once, reading only, and writes the answers to a folder that
            the tests read. Addresses and the machine's names are replaced, the
            same by the same; --hash-names replaces the names of pods, networks, adapters and domains too. Look
            through the folder before you send it.

            Examples:
              fovea record --to node1
              fovea record --to node1 --hash-names

            Exit codes: 0 something was recorded, 1 nothing was, 64 wrong arguments.
            """)

    @Option(name: .long, help: "The folder to write to, which is made; nothing may be in it.")
    var to: String

    @Flag(name: .long, help: "Replace names by hashes whose key is not kept.")
    var hashNames = false

    func run() throws {
        do {
            let folder = try RecordingFolder(creating: to)
            try NodeRecording(hashesNames: hashNames).write(to: folder) { print($0) }
        } catch {
            throw failure("fovea: \(error)", .failure)
        }
    }
}
