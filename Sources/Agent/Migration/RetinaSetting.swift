import Yams

/// One setting of Retina's, and what it is here. The migration and its documentation are made from lists of these.
struct RetinaSetting: Sendable {
    enum Outcome {
        case translated
        case said(MigrationNote.Kind, String)
    }

    /// Sections joined by dots. One that stands for a section holds all that is in it.
    let path: String
    /// Keys of ours, or nothing.
    let becomes: [String]
    /// Why it has none, or what to know of it.
    let remark: String
    let translate: @Sendable (Node, inout MigrationDraft) -> Outcome
}

extension RetinaSetting {
    /// A key of the agent's configuration that takes the same values.
    static func same(
        _ path: String, as key: String, on systems: [MigrationDraft.System] = [.linux, .windows]
    ) -> RetinaSetting {
        RetinaSetting(path: path, becomes: [key], remark: "") { value, draft in
            draft.set(key, value, on: systems)
            return .translated
        }
    }

    /// A value of the chart that takes the same values; nothing in it is what the chart has anyway.
    static func chart(_ path: String, as values: String...) -> RetinaSetting {
        RetinaSetting(path: path, becomes: values, remark: "") { value, draft in
            if !value.isNothing { for name in values { draft.set(chart: name, value) } }
            return .translated
        }
    }

    /// Nothing is missing without it.
    static func needless(_ path: String, _ reason: String) -> RetinaSetting {
        RetinaSetting(path: path, becomes: [], remark: reason) { value, _ in
            value.isNothing ? .translated : .said(.needless, reason)
        }
    }

    /// Nothing does what it does, unless it is off: nothing, or one of `off`.
    static func none(_ path: String, off: [String] = [], _ reason: String) -> RetinaSetting {
        RetinaSetting(path: path, becomes: [], remark: reason) { value, _ in
            let isOff = value.isNothing || value.scalar.map { off.contains($0.string) } ?? false
            return isOff ? .translated : .said(.lost, reason)
        }
    }
}

extension Node {
    /// Empty, or not given.
    var isNothing: Bool {
        switch self {
        case .scalar(let scalar): ["", "~", "null"].contains(scalar.string)
        case .sequence(let sequence): sequence.isEmpty
        case .mapping(let mapping): mapping.isEmpty
        default: false
        }
    }

    var isTrue: Bool {
        scalar.map { ["true", "yes", "on"].contains($0.string.lowercased()) } ?? false
    }

    /// A list, or a text that looks like one: `["a","b"]`, `a,b`.
    var words: [String] {
        if let sequence { return sequence.compactMap { $0.scalar?.string } }
        return (scalar?.string ?? "").split { " ,[]\"'".contains($0) }.map(String.init)
    }
}
