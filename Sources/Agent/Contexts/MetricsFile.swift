import Foundation
import Kubernetes
import Observability

/// A MetricsConfiguration in a file.
struct MetricsFile: Sendable, Equatable {
    let path: String

    init(_ path: String) {
        self.path = path
    }

    struct Problem: Error, CustomStringConvertible, Equatable {
        /// One of each, with the file and its line.
        let lines: [String]
        var description: String { lines.joined(separator: "\n") }
    }

    func text() throws(Problem) -> String {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw Problem(lines: ["\(path): cannot be read"])
        }
        return text
    }

    func configuration(in text: String) throws(Problem) -> MetricsConfiguration {
        do { return try MetricsConfiguration(yaml: text) } catch {
            throw Problem(lines: error.problems.map { $0.description(in: path) })
        }
    }

    /// What it says, and the text that says it.
    func read() throws(Problem) -> (configuration: MetricsConfiguration, text: String) {
        let text = try text()
        return (try configuration(in: text), text)
    }
}

extension Configuration {
    /// What is wrong with the file of `metrics.configuration`; nothing where there is none.
    package var metricsFileProblems: [String] {
        if metricsFile.isEmpty { return [] }
        do {
            _ = try MetricsFile(metricsFile).read()
            return []
        } catch { return error.lines }
    }
}
