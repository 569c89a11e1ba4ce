#if canImport(Glibc)
    import Foundation
    import Testing

    @testable import Agent

    struct AgentLockTests {
        @Test(
            "a second agent is refused with the first one's process and the file, until it lets go")
        func exclusive() throws {
            try Self.withFolder { folder in
                let first = try #require(try Self.lock(folder))
                let error = #expect(throws: AgentError.self) {
                    try Self.lock(folder)?.release()
                }
                let message = try #require(error?.description)
                #expect(message.contains("(process \(getpid()))"), "\(message)")
                #expect(
                    message.contains("\(try Self.lockFile(in: folder)) is locked"), "\(message)")
                first.release()
                let second = try #require(try Self.lock(folder))
                second.release()
            }
        }

        @Test("a refused agent leaves the lock and the holder's process as they were")
        func refusal() throws {
            try Self.withFolder { folder in
                let first = try #require(try Self.lock(folder))
                defer { first.release() }
                for _ in 0..<3 {
                    #expect(throws: AgentError.self) { try Self.lock(folder)?.release() }
                }
                let file = try Self.lockFile(in: folder)
                #expect(try String(contentsOfFile: file, encoding: .utf8) == "\(getpid())\n")
            }
        }

        @Test("what a killed agent left in the file is replaced, however long it was")
        func stale() throws {
            try Self.withFolder { folder in
                try Self.lock(folder)?.release()
                let file = try Self.lockFile(in: folder)
                try "999999999999\nmore\n".write(toFile: file, atomically: false, encoding: .utf8)
                let lock = try #require(try Self.lock(folder))
                defer { lock.release() }
                #expect(try String(contentsOfFile: file, encoding: .utf8) == "\(getpid())\n")
            }
        }

        @Test("who holds the lock can be asked without making anything, and without taking it")
        func holder() throws {
            try Self.withFolder { folder in
                #expect(try AgentLock.holder(folder: "\(folder)/none") == nil)
                #expect(!FileManager.default.fileExists(atPath: "\(folder)/none"))
                let lock = try #require(try Self.lock(folder))
                #expect(try AgentLock.holder(folder: folder) == "\(getpid())")
                lock.release()
                #expect(try AgentLock.holder(folder: folder) == nil)
                try Self.lock(folder)?.release()
            }
        }

        @Test("the folder is made where it is missing")
        func missingFolder() throws {
            try Self.withFolder { folder in
                try Self.lock("\(folder)/new")?.release()
                _ = try Self.lockFile(in: "\(folder)/new")
            }
        }

        @Test("a folder that cannot be used is named, with the key that moves it")
        func badFolder() throws {
            try Self.withFolder { folder in
                let file = "\(folder)/file"
                try "".write(toFile: file, atomically: false, encoding: .utf8)
                let error = #expect(throws: AgentError.self) {
                    try Self.lock(file)?.release()
                }
                let message = try #require(error?.description)
                #expect(message.contains("cannot open \(file)/agent-"), "\(message)")
                #expect(message.contains("state-directory"), "\(message)")
                #expect(ConfigurationKey.all.contains { $0.path == "state-directory" })
            }
        }

        @Test(
            "without the right to write there is no lock, and a line in the log",
            .enabled(if: geteuid() != 0, "root may write everywhere"))
        func unprivileged() throws {
            try Self.withFolder { folder in
                try FileManager.default.setAttributes(
                    [.posixPermissions: 0o500], ofItemAtPath: folder)
                let recorder = LogRecorder()
                #expect(try AgentLock(folder: folder, log: recorder.log) == nil)
                let line = try #require(recorder.lines.first)
                #expect(line.hasPrefix("warning no lock against a second agent file=\(folder)"))
            }
        }

        private static func lock(_ folder: String) throws -> AgentLock? {
            try AgentLock(folder: folder, log: LogRecorder().log)
        }

        private static func lockFile(in folder: String) throws -> String {
            let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            let name = try #require(names.first { $0.hasPrefix("agent-") && $0.hasSuffix(".lock") })
            return "\(folder)/\(name)"
        }

        private static func withFolder(_ body: (String) throws -> Void) throws {
            let folder = FileManager.default.temporaryDirectory
                .appending(path: "fovea-lock-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            try body(folder.path())
        }
    }
#endif
