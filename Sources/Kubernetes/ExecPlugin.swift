package import Foundation

/// A program that hands out credentials, as kubeconfig names it (client.authentication.k8s.io/v1).
package struct ExecPlugin: Sendable, Equatable {
    package var apiVersion: String
    package var command: String
    package var arguments: [String]
    package var environment: [String: String]

    package init(
        apiVersion: String, command: String, arguments: [String], environment: [String: String]
    ) {
        self.apiVersion = apiVersion
        self.command = command
        self.arguments = arguments
        self.environment = environment
    }

    /// What it said.
    package struct Credential: Sendable, Equatable {
        package let token: String
        /// Nil where it is good until the server refuses it.
        package let expiry: Date?
    }

    /// Runs the program to its end, at most `limit` seconds; blocks.
    package func run(limit: Int = 60) throws(ClusterAccessError) -> Credential {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [command] + arguments
        process.environment = ProcessInfo.processInfo.environment
            .merging(environment) { $1 }
            .merging([
                "KUBERNETES_EXEC_INFO":
                    #"{"apiVersion":"\#(apiVersion)","kind":"ExecCredential","spec":{"interactive":false}}"#
            ]) { $1 }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        do { try process.run() } catch {
            throw ClusterAccessError(command, "cannot be run: \(error)")
        }
        let watchdog = DispatchWorkItem { process.terminate() }
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(limit), execute: watchdog)
        let answer = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        watchdog.cancel()
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            throw ClusterAccessError(
                command, "ended with status \(process.terminationStatus), or took over \(limit) s")
        }
        return try Self.credential(in: answer, of: command)
    }

    /// Reads an ExecCredential.
    package static func credential(in answer: Data, of command: String) throws(ClusterAccessError)
        -> Credential
    {
        struct Answer: Decodable {
            struct Status: Decodable {
                let token: String?
                let expirationTimestamp: String?
            }
            let status: Status?
        }
        guard let status = try? JSONDecoder().decode(Answer.self, from: answer).status else {
            throw ClusterAccessError(command, "answered no ExecCredential with a status")
        }
        guard let token = status.token, !token.isEmpty else {
            throw ClusterAccessError(command, "answered no token")
        }
        let expiry = status.expirationTimestamp.flatMap { try? Date($0, strategy: .iso8601) }
        return Credential(token: token, expiry: expiry)
    }
}
