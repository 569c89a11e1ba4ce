import FoundationEssentials

extension ClusterAccess {
    /// The access of a person: the kubeconfig that is named, else one of `KUBECONFIG`, else `~/.kube/config`, else the
    /// account of the pod this runs in. Files of `KUBECONFIG` are not merged: the first with the context is taken.
    package static func ofUser(
        kubeconfig: String?, context: String?, environment: [String: String]
    ) throws(ClusterAccessError) -> ClusterAccess {
        try found(kubeconfig: kubeconfig, context: context, environment: environment)
            .through(ProxyEnvironment(environment))
    }

    private static func found(
        kubeconfig: String?, context: String?, environment: [String: String]
    ) throws(ClusterAccessError) -> ClusterAccess {
        if let kubeconfig { return try Kubeconfig(file: kubeconfig).access(context: context) }
        if let list = environment["KUBECONFIG"], !list.isEmpty {
            return try first(of: list.split(separator: ":").map(String.init), context)
        }
        let own = (environment["HOME"] ?? "") + "/.kube/config"
        if FileManager.default.fileExists(atPath: own) {
            return try Kubeconfig(file: own).access(context: context)
        }
        if let access = try inCluster(environment: environment) { return access }
        throw ClusterAccessError(
            own, "is not there, and neither is KUBECONFIG; --kubeconfig names a file")
    }

    private static func first(
        of files: [String], _ context: String?
    ) throws(ClusterAccessError) -> ClusterAccess {
        var problem = ClusterAccessError("KUBECONFIG", "names no file")
        for (place, file) in files.enumerated() {
            do throws(ClusterAccessError) {
                return try Kubeconfig(file: file).access(context: context)
            } catch {
                if place == 0 { problem = error }
            }
        }
        throw problem
    }
}
