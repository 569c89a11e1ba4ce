/// A MetricsConfiguration as the cluster has it: what is asked for, and what agents have said of it.
package struct MetricsConfigurationRecord: KubernetesRecord {
    package static let resource = Resource(
        "/apis/fovea.network/v1alpha1/metricsconfigurations")

    package let key: ObjectKey
    package let uid: ObjectUID
    package let version: UInt64
    /// Grows with each change of what is asked for.
    let generation: Int
    /// As RFC 3339 writes it, so that later is greater.
    let created: String
    let spec: DocumentNode
    let status: Status

    /// What agents write.
    struct Status: Codable, Sendable {
        struct Condition: Codable, Sendable {
            var type: String
            /// `True` or `False`.
            var status: String
            var reason: String
            var message: String
            var observedGeneration: Int
            var lastTransitionTime: String
        }

        /// The last one that could be taken: a node that begins while the newest is wrong goes by it.
        struct LastGood: Codable, Sendable {
            var generation: Int
            var spec: DocumentNode
        }

        var observedGeneration: Int?
        var conditions: [Condition]?
        var lastGood: LastGood?
    }

    private enum Key: CodingKey { case metadata, spec, status }
    private struct Birth: Decodable {
        let generation: Int?
        let creationTimestamp: String?
    }

    package init(from decoder: any Decoder) throws {
        let object = try decoder.container(keyedBy: Key.self)
        let meta = try object.decode(ObjectMeta.self, forKey: .metadata)
        key = meta.key
        uid = meta.uid
        version = meta.version
        let birth = try object.decode(Birth.self, forKey: .metadata)
        generation = birth.generation ?? 0
        created = birth.creationTimestamp ?? ""
        spec = try object.decodeIfPresent(DocumentNode.self, forKey: .spec) ?? DocumentNode(.null)
        // Whatever else it may be was not written by an agent like this one.
        status = (try? object.decodeIfPresent(Status.self, forKey: .status)) ?? Status()
    }
}
