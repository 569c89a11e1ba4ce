/// What the agent keeps of an object: a few of its fields.
package protocol KubernetesRecord: Sendable, Decodable {
    static var resource: Resource { get }
    var key: ObjectKey { get }
    /// Tells an object from a later one of the same name.
    var uid: ObjectUID { get }
    var version: UInt64 { get }
}

/// A kind of object, by its place in the API.
package struct Resource: Sendable, Equatable {
    /// `/api/v1/pods`
    package let path: String
    /// Only the metadata is asked for: the server cuts the rest away.
    package let isMetadataOnly: Bool

    package init(_ path: String, metadataOnly: Bool = false) {
        self.path = path
        isMetadataOnly = metadataOnly
    }

    /// The plural by which metrics and messages call it.
    package var name: String { path.split(separator: "/").last.map(String.init) ?? path }
}
