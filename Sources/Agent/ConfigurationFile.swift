import Observability
import Yams

/// What is wrong with a configuration, and where.
package struct ConfigurationProblem: Error, CustomStringConvertible, Equatable {
    /// `fovea.yaml:12:3`, the name of a variable, or an argument.
    package let place: String
    package let problem: String

    package var description: String { "\(place): \(problem)" }
}

/// All problems of a configuration at once, so that it is mended in one go.
package struct InvalidConfiguration: Error, CustomStringConvertible {
    package let problems: [ConfigurationProblem]
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}

extension Configuration {
    /// Reads one YAML document; `file` is only for messages. Problems leave the value they concern as it was.
    package mutating func apply(yaml text: String, file: String) -> [ConfigurationProblem] {
        do {
            guard let root = try Yams.compose(yaml: text) else { return [] }
            return apply(root, under: "", file: file)
        } catch let error as YamlError {
            return [ConfigurationProblem(place: error.place(in: file), problem: error.problem)]
        } catch {
            return [ConfigurationProblem(place: file, problem: "\(error)")]
        }
    }

    private mutating func apply(_ node: Node, under section: String, file: String)
        -> [ConfigurationProblem]
    {
        guard case .mapping(let mapping) = node else {
            if case .scalar(let scalar) = node, scalar.string.isEmpty || scalar.string == "null" {
                return []
            }
            let name = section.isEmpty ? "the document" : "'\(section)'"
            return [
                ConfigurationProblem(place: node.place(in: file), problem: "\(name) must hold keys")
            ]
        }
        var problems: [ConfigurationProblem] = []
        for (keyNode, value) in mapping {
            let path = (section.isEmpty ? "" : section + ".") + (keyNode.string ?? "?")
            let place = keyNode.place(in: file)
            if let key = ConfigurationKey.all.first(where: { $0.path == path }) {
                if let problem = set(
                    key, to: ConfigurationValue(value), place: value.place(in: file))
                {
                    problems.append(problem)
                }
            } else if ConfigurationKey.all.contains(where: { $0.path.hasPrefix(path + ".") }) {
                problems += apply(value, under: path, file: file)
            } else {
                problems.append(.unknown(path, place: place))
            }
        }
        return problems
    }

    /// Takes every `FOVEA_…` variable that is a key's; others may be somebody else's, such as the variables
    /// Kubernetes makes for a Service named fovea.
    package mutating func apply(environment: [String: String]) -> [ConfigurationProblem] {
        ConfigurationKey.all.compactMap { key in
            environment[key.variable].flatMap { set(key, to: .scalar($0), place: key.variable) }
        }
    }

    /// Takes `path=value`, as from `--set`.
    package mutating func apply(assignment: String) -> [ConfigurationProblem] {
        let place = "--set \(assignment)"
        let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            return [ConfigurationProblem(place: place, problem: "must be KEY=VALUE")]
        }
        guard let key = ConfigurationKey.all.first(where: { $0.path == parts[0] }) else {
            return [.unknown(String(parts[0]), place: place)]
        }
        return set(key, to: .scalar(String(parts[1])), place: place).map { [$0] } ?? []
    }

    private mutating func set(
        _ key: ConfigurationKey, to value: ConfigurationValue?, place: String
    ) -> ConfigurationProblem? {
        if let value, key.set(&self, value) { return nil }
        let found = if case .scalar(let text) = value { ", not '\(text)'" } else { "" }
        return ConfigurationProblem(
            place: place, problem: "'\(key.path)' takes \(key.takes)\(found)")
    }
}

extension ConfigurationValue {
    /// Nil where the node is neither a scalar nor a list of scalars.
    fileprivate init?(_ node: Node) {
        switch node {
        case .scalar(let scalar): self = .scalar(scalar.string)
        case .sequence(let sequence):
            let items = sequence.compactMap { $0.scalar?.string }
            guard items.count == sequence.count else { return nil }
            self = .list(items)
        default: return nil
        }
    }
}

extension ConfigurationProblem {
    fileprivate static func unknown(_ path: String, place: String) -> ConfigurationProblem {
        let sections = ConfigurationKey.all.compactMap {
            $0.path.split(separator: ".").first.map(String.init)
        }
        let near = path.nearest(among: ConfigurationKey.all.map(\.path) + sections)
        let hint = near.map { "; did you mean '\($0)'?" } ?? ""
        return ConfigurationProblem(place: place, problem: "unknown key '\(path)'\(hint)")
    }
}

extension Node {
    fileprivate func place(in file: String) -> String {
        mark.map { "\(file):\($0.line):\($0.column)" } ?? file
    }
}

extension YamlError {
    fileprivate func place(in file: String) -> String {
        switch self {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _):
            "\(file):\(mark.line):\(mark.column)"
        case .duplicatedKeysInMapping(_, let context):
            "\(file):\(context.mark.line):\(context.mark.column)"
        case .reader(_, let offset?, _, let text):
            "\(file):\(text.prefix(offset).count { $0.isNewline } + 1)"
        default: file
        }
    }

    fileprivate var problem: String {
        switch self {
        case .scanner(_, let problem, _, _), .parser(_, let problem, _, _),
            .composer(_, let problem, _, _):
            problem
        case .duplicatedKeysInMapping(let keys, _):
            "given twice: " + keys.map { "'\($0)'" }.joined(separator: ", ")
        case .reader(let problem, _, _, _): problem
        default: "\(self)"
        }
    }
}
