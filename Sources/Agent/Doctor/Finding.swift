/// One thing that was looked at: how it is, what that means for the metrics, and what to do.
package struct Finding: Sendable, Equatable, Encodable {
    package enum Level: String, Sendable, Encodable, CaseIterable {
        case ok, warn, fail
    }

    package let check: String
    package let level: Level
    package let found: String
    /// Nil where all is well.
    package let meaning: String?
    package let advice: String?

    package static func ok(_ check: String, _ found: String) -> Finding {
        Finding(check: check, level: .ok, found: found, meaning: nil, advice: nil)
    }

    package static func warn(
        _ check: String, _ found: String, meaning: String, advice: String
    ) -> Finding {
        Finding(check: check, level: .warn, found: found, meaning: meaning, advice: advice)
    }

    package static func fail(
        _ check: String, _ found: String, meaning: String, advice: String
    ) -> Finding {
        Finding(check: check, level: .fail, found: found, meaning: meaning, advice: advice)
    }
}

/// What is known of one node, in the order it was looked at.
package struct Diagnosis: Sendable, Encodable {
    package let findings: [Finding]

    package init(_ findings: [Finding]) {
        self.findings = findings
    }

    package var hasFailures: Bool { findings.contains { $0.level == .fail } }

    /// For people: a line for each, and below it what to know and do.
    package var text: String {
        let width = findings.map(\.check.count).max() ?? 0
        var text = ""
        for finding in findings {
            let space = String(repeating: " ", count: width - finding.check.count)
            text += Self.mark(finding.level) + "  \(finding.check)\(space)  \(finding.found)\n"
            let indent = String(repeating: " ", count: width + 8)
            if let meaning = finding.meaning { text += "\(indent)\(meaning)\n" }
            if let advice = finding.advice { text += "\(indent)=> \(advice)\n" }
        }
        let counts = Finding.Level.allCases.map { level in
            "\(findings.count { $0.level == level }) \(level.rawValue)"
        }
        return text + "\n" + counts.joined(separator: ", ") + "\n"
    }

    private static func mark(_ level: Finding.Level) -> String {
        switch level {
        case .ok: "ok  "
        case .warn: "WARN"
        case .fail: "FAIL"
        }
    }
}
