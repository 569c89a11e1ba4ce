import Yams

/// A document as it is written, JSON or YAML, with where each part of it stands.
package struct DocumentNode: Sendable {
    package indirect enum Content: Sendable {
        case scalar(String)
        case list([DocumentNode])
        case mapping([(key: String, place: String?, value: DocumentNode)])
        /// Nothing, said outright.
        case null
    }

    package let content: Content
    /// `line:column`; nil where there are no lines.
    package let place: String?

    package init(_ content: Content, place: String? = nil) {
        self.content = content
        self.place = place
    }

    /// From a file's text.
    package init(yaml text: String) throws(DocumentProblem) {
        do {
            guard let root = try Yams.compose(yaml: text) else {
                self.init(.null)
                return
            }
            self.init(root)
        } catch let error as YamlError {
            throw DocumentProblem(path: "", place: error.mark, problem: error.problem)
        } catch {
            throw DocumentProblem(path: "", place: nil, problem: "\(error)")
        }
    }

    private init(_ node: Node) {
        let place = node.mark.map { "\($0.line):\($0.column)" }
        switch node {
        case .scalar(let scalar):
            let isPlain = scalar.style == .plain || scalar.style == .any
            let isNull = isPlain && ["", "~", "null"].contains(scalar.string)
            self.init(isNull ? .null : .scalar(scalar.string), place: place)
        case .sequence(let sequence):
            self.init(.list(sequence.map(DocumentNode.init)), place: place)
        case .mapping(let mapping):
            let pairs = mapping.map { key, value in
                (
                    key: key.string ?? "?", place: key.mark.map { "\($0.line):\($0.column)" },
                    value: DocumentNode(value)
                )
            }
            self.init(.mapping(pairs), place: place)
        case .alias: self.init(.null, place: place)
        }
    }
}

extension DocumentNode: Decodable {
    private struct Key: CodingKey {
        let stringValue: String
        let intValue: Int? = nil
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// From JSON, keys in the order of their names.
    package init(from decoder: any Decoder) throws {
        if let fields = try? decoder.container(keyedBy: Key.self) {
            let pairs = try fields.allKeys.sorted { $0.stringValue < $1.stringValue }.map { key in
                (
                    key: key.stringValue, place: String?.none,
                    value: try fields.decode(DocumentNode.self, forKey: key)
                )
            }
            self.init(.mapping(pairs))
            return
        }
        if var items = try? decoder.unkeyedContainer() {
            var list: [DocumentNode] = []
            while !items.isAtEnd { list.append(try items.decode(DocumentNode.self)) }
            self.init(.list(list))
            return
        }
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self.init(.null)
        } else if let text = try? value.decode(String.self) {
            self.init(.scalar(text))
        } else if let flag = try? value.decode(Bool.self) {
            self.init(.scalar("\(flag)"))
        } else if let number = try? value.decode(Int64.self) {
            self.init(.scalar("\(number)"))
        } else {
            self.init(.scalar("\(try value.decode(Double.self))"))
        }
    }
}

extension DocumentNode: Encodable {
    /// As JSON; every scalar a string, which is all that our documents have.
    package func encode(to encoder: any Encoder) throws {
        switch content {
        case .scalar(let text):
            var value = encoder.singleValueContainer()
            try value.encode(text)
        case .null:
            var value = encoder.singleValueContainer()
            try value.encodeNil()
        case .list(let items):
            var list = encoder.unkeyedContainer()
            for item in items { try list.encode(item) }
        case .mapping(let pairs):
            var fields = encoder.container(keyedBy: Key.self)
            for pair in pairs {
                if let key = Key(stringValue: pair.key) {
                    try fields.encode(pair.value, forKey: key)
                }
            }
        }
    }
}

/// What is wrong with a document, and where.
package struct DocumentProblem: Error, Sendable, Equatable, CustomStringConvertible {
    /// `spec.contexts[2].source.labels[0]`; empty for the whole document.
    package let path: String
    /// `line:column`, where the document is a file.
    package let place: String?
    package let problem: String

    package init(path: String, place: String?, problem: String) {
        self.path = path
        self.place = place
        self.problem = problem
    }

    package var description: String { path.isEmpty ? problem : "\(path): \(problem)" }

    /// With the file and the line in front.
    package func description(in file: String) -> String {
        "\(file)\(place.map { ":\($0)" } ?? ""): \(description)"
    }
}

/// All problems of a document at once, so that it is mended in one go.
package struct InvalidDocument: Error, Sendable, Equatable, CustomStringConvertible {
    package let problems: [DocumentProblem]

    package init(_ problems: [DocumentProblem]) {
        self.problems = problems
    }

    package var description: String { problems.map(\.description).joined(separator: "; ") }
}

extension YamlError {
    fileprivate var mark: String? {
        switch self {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _):
            "\(mark.line):\(mark.column)"
        case .duplicatedKeysInMapping(_, let context):
            "\(context.mark.line):\(context.mark.column)"
        default: nil
        }
    }

    fileprivate var problem: String {
        switch self {
        case .scanner(_, let problem, _, _), .parser(_, let problem, _, _),
            .composer(_, let problem, _, _), .reader(let problem, _, _, _):
            problem
        case .duplicatedKeysInMapping(let keys, _):
            "given twice: " + keys.map { "'\($0)'" }.joined(separator: ", ")
        default: "\(self)"
        }
    }
}
