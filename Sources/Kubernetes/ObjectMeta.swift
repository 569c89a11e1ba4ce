/// What tells an object from all others of its kind at one time.
package struct ObjectKey: Hashable, Sendable, CustomStringConvertible {
    /// Empty for kinds that are the cluster's.
    package let namespace: String
    package let name: String

    package init(namespace: String = "", name: String) {
        self.namespace = namespace
        self.name = name
    }

    package var description: String { namespace.isEmpty ? name : "\(namespace)/\(name)" }
}

/// The part that every object has.
package struct ObjectMeta: Sendable, Decodable {
    package let key: ObjectKey
    package let uid: ObjectUID
    /// Opaque by the book, but a growing number in every server there is (and by promise from 1.35); 0 where
    /// it is neither.
    package let version: UInt64
    package let isTerminating: Bool
    package let owner: Owner?
    package let labels: [String: String]
    package let annotations: [String: String]

    /// The object that manages this one.
    package struct Owner: Hashable, Sendable, Decodable {
        package let kind: String
        package let name: String

        package init(kind: String, name: String) {
            self.kind = kind
            self.name = name
        }
    }

    private struct Reference: Decodable {
        let kind: String
        let name: String
        let controller: Bool?
    }

    private enum Key: CodingKey {
        case name, namespace, uid, resourceVersion, deletionTimestamp, ownerReferences
        case labels, annotations
    }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        key = ObjectKey(
            namespace: SharedText.of(
                try fields.decodeIfPresent(String.self, forKey: .namespace) ?? ""),
            name: try fields.decodeIfPresent(String.self, forKey: .name) ?? "")
        uid = try fields.decodeIfPresent(ObjectUID.self, forKey: .uid) ?? ""
        let text = try fields.decodeIfPresent(String.self, forKey: .resourceVersion)
        version = text.flatMap { UInt64($0) } ?? 0
        isTerminating = fields.contains(.deletionTimestamp)
        let references = try fields.decodeIfPresent([Reference].self, forKey: .ownerReferences)
        owner = references?.first { $0.controller == true }.map {
            Owner(kind: SharedText.of($0.kind), name: SharedText.of($0.name))
        }
        labels = try fields.decodeIfPresent([String: String].self, forKey: .labels) ?? [:]
        annotations = try fields.decodeIfPresent([String: String].self, forKey: .annotations) ?? [:]
    }
}
