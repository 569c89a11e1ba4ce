package import Foundation

/// A text that a test must produce to the letter, kept in a file that reviewers read.
package struct Golden {
    private let url: URL
    /// What makes the file anew.
    private let acceptance: String

    package init(url: URL, acceptance: String = "FOVEA_ACCEPT_GOLDENS=1 swift test") {
        self.url = url
        self.acceptance = acceptance
    }

    /// Nil where the text is that of the file; else the difference, and what accepts it. With
    /// FOVEA_ACCEPT_GOLDENS=1 the file is rewritten instead, but never in CI.
    package func problem(with text: String) throws -> String? {
        let known = try? Repository.text(url)
        if known == text { return nil }
        let environment = ProcessInfo.processInfo.environment
        if environment["FOVEA_ACCEPT_GOLDENS"] == "1" {
            if environment["CI"] != nil { return "goldens are not accepted in CI" }
            try text.write(to: url, atomically: true, encoding: .utf8)
            return nil
        }
        return """
            \(url.pathComponents.suffix(2).joined(separator: "/")) \
            \(known == nil ? "is missing" : "differs (- file, + now)"); to accept: \(acceptance)
            \(Self.difference(from: known ?? "", to: text))
            """
    }

    /// Lines that went and came, with their numbers.
    private static func difference(from old: String, to new: String) -> String {
        func lines(_ text: String) -> [Substring] {
            text.split(separator: "\n", omittingEmptySubsequences: false)
        }
        return lines(new).difference(from: lines(old)).map { change in
            switch change {
            case .remove(let line, let text, _): (line: line, sign: "-", text: text)
            case .insert(let line, let text, _): (line: line, sign: "+", text: text)
            }
        }
        .sorted { ($0.line, $1.sign) < ($1.line, $0.sign) }
        .map { "\($0.sign) \($0.line + 1): \($0.text)" }
        .joined(separator: "\n")
    }
}
