/// A namespace, for what its labels and our annotations say of its pods.
package struct NamespaceRecord: KubernetesRecord, Equatable {
    package static let resource = Resource("/api/v1/namespaces", metadataOnly: true)

    package let key: ObjectKey
    package let uid: ObjectUID
    package let version: UInt64
    package let labels: [String: String]
    /// Those that are meant for an agent like this one; others can be long.
    package let annotations: [String: String]

    var isObserved: Bool? { Observe.wish(in: annotations) }

    private enum Key: CodingKey { case metadata }

    package init(from decoder: any Decoder) throws {
        let object = try decoder.container(keyedBy: Key.self)
        let meta = try object.decode(ObjectMeta.self, forKey: .metadata)
        key = meta.key
        uid = meta.uid
        version = meta.version
        labels = meta.labels
        annotations = meta.annotations.filter { annotation in
            ["fovea.network/", "retina.sh"].contains { annotation.key.hasPrefix($0) }
        }
    }
}
