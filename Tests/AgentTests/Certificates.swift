import Foundation
import TestSupport

/// `one` and `two` are servers at 127.0.0.1 that nobody vouches for, and `lab` one that is called api.lab; `clients` is who signed `client`, and `others` `other`.
struct Certificates {
    private let folder: Folder

    init() throws {
        folder = try Folder()
        let server = ["-addext", "subjectAltName=IP:127.0.0.1"]
        for name in ["one", "two"] { try make(name, ["-x509", "-days", "2"] + server) }
        try make("lab", ["-x509", "-days", "2", "-addext", "subjectAltName=DNS:api.lab"])
        for (authority, client) in [("clients", "client"), ("others", "other")] {
            try make(authority, ["-x509", "-days", "2"])
            try make(
                client,
                [
                    "-x509", "-days", "2", "-CA", path("\(authority).crt"), "-CAkey",
                    path("\(authority).key"),
                ])
        }
    }

    func path(_ name: String) -> String { folder.path(name) }

    private func make(_ name: String, _ arguments: [String]) throws {
        try Command.run(
            [
                "openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-subj", "/CN=\(name)", "-keyout", path("\(name).key"), "-out", path("\(name).crt"),
            ] + arguments)
    }
}

/// A folder that goes with the test.
final class Folder: Sendable {
    private let url = FileManager.default.temporaryDirectory.appending(
        path: "fovea-access-\(UUID().uuidString)")

    init() throws {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appending(path: name).path() }

    func write(_ name: String, _ text: String) throws -> String {
        try Data(text.utf8).write(to: url.appending(path: name), options: .atomic)
        return path(name)
    }

    func remove(_ name: String) throws {
        try FileManager.default.removeItem(at: url.appending(path: name))
    }
}
