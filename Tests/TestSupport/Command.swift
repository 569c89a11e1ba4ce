import Foundation

/// Programs that a test needs, found by PATH.
package enum Command {
    /// What it said on both its outputs, once it has ended well.
    @discardableResult
    package static func run(_ command: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(
            decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        if process.terminationStatus != 0 {
            throw CommandFailure(command: command.joined(separator: " "), output: text)
        }
        return text
    }
}

/// A command that did not end well, with what it said.
package struct CommandFailure: Error, CustomStringConvertible {
    private let command: String
    private let output: String

    package init(command: String, output: String) {
        self.command = command
        self.output = output
    }

    package var description: String { "\(command): \(output)" }
}
