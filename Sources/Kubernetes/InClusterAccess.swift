import FoundationEssentials
import Observability

extension ClusterAccess {
    /// Where Kubernetes puts a pod's own credentials.
    package static let serviceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount"

    /// The access every pod is given; nil outside of a pod.
    package static func inCluster(
        environment: [String: String], folder: String = serviceAccountFolder
    ) throws(ClusterAccessError) -> ClusterAccess? {
        guard let host = environment["KUBERNETES_SERVICE_HOST"], !host.isEmpty else { return nil }
        let places = MountedPath.places(of: folder, environment: environment)
        guard
            let folder = places.first(where: {
                FileManager.default.isReadableFile(atPath: "\($0)/token")
            })
        else {
            throw ClusterAccessError(
                "\(folder)/token", "not readable; the pod needs automountServiceAccountToken")
        }
        let port =
            environment["KUBERNETES_SERVICE_PORT_HTTPS"] ?? environment["KUBERNETES_SERVICE_PORT"]
        var access = ClusterAccess(
            server: "https://\(host.contains(":") ? "[\(host)]" : host):\(port ?? "443")")
        access.authority = .file("\(folder)/ca.crt")
        access.token = .file("\(folder)/token")
        return access
    }
}
