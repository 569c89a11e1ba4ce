/// An object that only matters for what manages it: a ReplicaSet for its Deployment, a Job for its CronJob.
/// Only its metadata is asked for.
package protocol OwnerRecord: KubernetesRecord {
    var owner: ObjectMeta.Owner? { get }
}

package struct ReplicaSetRecord: OwnerRecord {
    package static let resource = Resource("/apis/apps/v1/replicasets", metadataOnly: true)

    package let key: ObjectKey
    package let uid: ObjectUID
    package let version: UInt64
    package let owner: ObjectMeta.Owner?

    package init(from decoder: any Decoder) throws {
        (key, uid, version, owner) = try MetadataOnly(from: decoder).fields
    }
}

package struct JobRecord: OwnerRecord {
    package static let resource = Resource("/apis/batch/v1/jobs", metadataOnly: true)

    package let key: ObjectKey
    package let uid: ObjectUID
    package let version: UInt64
    package let owner: ObjectMeta.Owner?

    package init(from decoder: any Decoder) throws {
        (key, uid, version, owner) = try MetadataOnly(from: decoder).fields
    }
}

private struct MetadataOnly: Decodable {
    let metadata: ObjectMeta

    var fields: (ObjectKey, ObjectUID, UInt64, ObjectMeta.Owner?) {
        (metadata.key, metadata.uid, metadata.version, metadata.owner)
    }
}
