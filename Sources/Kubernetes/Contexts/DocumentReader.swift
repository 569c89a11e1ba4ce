import Observability

/// Reads a document strictly, and gathers all that is wrong with it.
struct DocumentReader {
    private(set) var problems: [DocumentProblem] = []

    mutating func refuse(_ node: DocumentNode, _ path: String, _ problem: String) {
        problems.append(DocumentProblem(path: path, place: node.place, problem: problem))
    }

    /// The values of a mapping by key. What is not among `keys` is refused, as is whatever is missing of `required`.
    mutating func fields(
        _ node: DocumentNode, _ path: String, _ keys: [String], required: [String] = []
    ) -> [String: DocumentNode]? {
        guard case .mapping(let pairs) = node.content else {
            refuse(node, path, "must hold keys: \(keys.joined(separator: ", "))")
            return nil
        }
        var found: [String: DocumentNode] = [:]
        for pair in pairs {
            if keys.contains(pair.key) {
                found[pair.key] = pair.value
                continue
            }
            let hint = pair.key.nearest(among: keys).map { "; did you mean '\($0)'?" }
            problems.append(
                DocumentProblem(
                    path: Self.path(path, pair.key), place: pair.place,
                    problem: "unknown key" + (hint ?? "; there are \(keys.joined(separator: ", "))")
                ))
        }
        for key in required where found[key] == nil {
            refuse(node, Self.path(path, key), "is required")
        }
        return found
    }

    /// The items of a list with their paths.
    mutating func items(_ node: DocumentNode, _ path: String) -> [(DocumentNode, String)]? {
        guard case .list(let items) = node.content else {
            refuse(node, path, "must be a list")
            return nil
        }
        return items.enumerated().map { ($1, "\(path)[\($0)]") }
    }

    /// A list of texts, none of them twice.
    mutating func texts(_ node: DocumentNode, _ path: String) -> [(String, DocumentNode, String)]? {
        guard let items = items(node, path) else { return nil }
        var seen: Set<String> = []
        var texts: [(String, DocumentNode, String)] = []
        for (item, path) in items {
            guard let text = text(item, path) else { continue }
            if !seen.insert(text).inserted {
                refuse(item, path, "'\(text)' is given twice")
                continue
            }
            texts.append((text, item, path))
        }
        return texts
    }

    mutating func text(_ node: DocumentNode, _ path: String) -> String? {
        if case .scalar(let text) = node.content, !text.isEmpty { return text }
        refuse(node, path, "must be a text")
        return nil
    }

    /// One of a closed set; else what there is, and what was probably meant.
    mutating func choice<Value: RawRepresentable<String> & CaseIterable>(
        _ text: String, _ node: DocumentNode, _ path: String, of _: Value.Type = Value.self
    ) -> Value? {
        if let value = Value(rawValue: text) { return value }
        let all = Value.allCases.map(\.rawValue)
        let hint = text.nearest(among: all).map { "; did you mean '\($0)'?" } ?? ""
        refuse(node, path, "takes \(all.joined(separator: ", ")), not '\(text)'\(hint)")
        return nil
    }

    private static func path(_ path: String, _ key: String) -> String {
        path.isEmpty ? key : "\(path).\(key)"
    }
}
