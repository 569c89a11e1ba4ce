/// The objects of a cluster as a watch has them, by number: fifty pods to a Deployment and its service, a hundred to a
/// node, a thousand to a namespace.
struct ClusterText {
    let pods: Int

    static func address(_ number: Int) -> String {
        "10.\(number >> 16).\(number >> 8 & 255).\(number & 255)"
    }

    /// Four kilobytes, as a small pod's status and its managed fields make it.
    func pod(_ number: Int) -> String { pod(number, "ADDED", hasAddress: true, version: 1) }

    func pod(_ number: Int, _ type: String, hasAddress: Bool, version: Int) -> String {
        let app = "service-\(number / 50)"
        let address = Self.address(number)
        let status =
            hasAddress
            ? #"{"phase":"Running","podIP":"\#(address)","podIPs":[{"ip":"\#(address)"}],"conditions":[\#(Self.conditions)],"containerStatuses":[{"name":"main","containerID":"containerd://\#(Self.digits)\#(100_000_000_000 + number)"}]}"#
            : #"{"phase":"Pending"}"#
        let labels =
            #"{"app":"\#(app)","app.kubernetes.io/name":"\#(app)","app.kubernetes.io/part-of":"shop","app.kubernetes.io/version":"1.2.\#(number / 500)","team":"team-\#(number / 1000)","pod-template-hash":"6d4b75cb6d"}"#
        return event(
            type, app + "-6d4b75cb6d-\(number)", number, version, labels: labels,
            owner: ("ReplicaSet", "\(app)-6d4b75cb6d"),
            #","spec":{"nodeName":"node-\#(number / 100)","containers":[\#(Self.container)]},"status":\#(status)"#
        )
    }

    func node(_ number: Int) -> String {
        event(
            "ADDED", "node-\(number)", nil, 1,
            labels:
                #"{"kubernetes.io/hostname":"node-\#(number)","topology.kubernetes.io/zone":"eu-1\#(["a", "b", "c"][number % 3])"}"#,
            #","spec":{"podCIDRs":["10.\#(number >> 8).\#(number & 255).0/24"]},"status":{"addresses":[{"type":"InternalIP","address":"172.16.\#(number >> 8).\#(number & 255)"}]}"#
        )
    }

    func namespace(_ number: Int) -> String {
        event("ADDED", "team-\(number)", nil, 1, labels: #"{"team":"team-\#(number)"}"#)
    }

    func service(_ app: Int) -> String {
        event(
            "ADDED", "service-\(app)", app * 50, 1,
            #","spec":{"clusterIPs":["10.200.\#(app >> 8).\#(app & 255)"],"ports":[{"port":80}]}"#)
    }

    /// Of five revisions the latest is the one that has pods.
    func replicaSet(_ number: Int, type: String = "ADDED", version: Int = 1) -> String {
        let app = number % (pods / 50)
        let revision = number < pods / 50 ? "6d4b75cb6d" : "5f\(number)"
        return event(
            type, "service-\(app)-\(revision)", app * 50, version,
            labels: #"{"app":"service-\#(app)","pod-template-hash":"\#(revision)"}"#,
            owner: ("Deployment", "service-\(app)"))
    }

    func job(_ number: Int) -> String {
        event(
            "ADDED", "report-\(number)-28472938", number * 50, 1,
            owner: ("CronJob", "report-\(number)"))
    }

    /// The slice that has the pod `number`; those up to `replaced` are the new ones.
    func slice(of number: Int, replaced: Int = -1, version: Int = 1) -> String {
        let app = number / 50
        let zones = ["a", "b", "c"]
        let endpoints = (0..<50).map { place in
            let old = app * 50 + place
            let pod = old <= replaced ? pods + old : old
            let zone = "eu-1\(zones[(pod / 100) % 3])"
            return
                #"{"addresses":["\#(Self.address(pod))"],"conditions":{"ready":true},"nodeName":"node-\#(pod / 100)","zone":"\#(zone)","hints":{"forZones":[{"name":"\#(zone)"}]},"targetRef":{"kind":"Pod","name":"service-\#(app)-6d4b75cb6d-\#(pod)"}}"#
        }
        return event(
            version == 1 ? "ADDED" : "MODIFIED", "service-\(app)-x7k2p", app * 50, version,
            labels: #"{"kubernetes.io/service-name":"service-\#(app)"}"#,
            #","endpoints":[\#(endpoints.joined(separator: ","))],"ports":[{"port":8080}]"#)
    }

    func policy(_ app: Int) -> String {
        event(
            "ADDED", "policy-\(app)", app * 50, 1,
            #","spec":{"podSelector":{"matchLabels":{"app":"service-\#(app)"}},"policyTypes":["Ingress"],"ingress":[{"from":[{"podSelector":{"matchLabels":{"app.kubernetes.io/part-of":"shop"}}},{"namespaceSelector":{"matchLabels":{"team":"team-0"}}}],"ports":[{"port":8080}]}]}"#
        )
    }

    // MARK: Pieces

    /// `place` is the pod that decides on the namespace; nil for what is in none.
    private func event(
        _ type: String, _ name: String, _ place: Int?, _ version: Int, labels: String = "{}",
        owner: (kind: String, name: String)? = nil, _ rest: String = ""
    ) -> String {
        let namespace = place.map { #""namespace":"team-\#($0 / 1000)","# } ?? ""
        let references =
            owner.map {
                #""ownerReferences":[{"apiVersion":"apps/v1","kind":"\#($0.kind)","name":"\#($0.name)","uid":"u","controller":true,"blockOwnerDeletion":true}],"#
            } ?? ""
        let uid = 100_000_000_000 + (place ?? 0)
        return
            #"{"type":"\#(type)","object":{"metadata":{"name":"\#(name)",\#(namespace)"uid":"7a1f0c1e-9f4b-4c62-8d1f-\#(uid)","resourceVersion":"\#(version)","labels":\#(labels),\#(references)"managedFields":[\#(Self.fields)]}\#(rest)}}"#
    }

    private static let digits = String(repeating: "0123456789abcdef", count: 3)

    private static let conditions = ["Initialized", "Ready", "ContainersReady", "PodScheduled"].map
    {
        #"{"type":"\#($0)","status":"True","lastProbeTime":null,"lastTransitionTime":"2026-01-01T00:00:00Z"}"#
    }.joined(separator: ",")

    private static let fields = (0..<2).map {
        #"{"manager":"m\#($0)","operation":"Update","fieldsV1":{\#((0..<30).map { #""f:field\#($0)":{".":{},"f:value":{}}"# }.joined(separator: ","))}}"#
    }.joined(separator: ",")

    private static let container =
        #"{"name":"main","image":"registry.example/team/service:1.2.3","ports":[{"name":"http","containerPort":8080}],"env":[\#((0..<12).map { #"{"name":"VARIABLE_\#($0)","value":"something that is set"}"# }.joined(separator: ","))]}"#
}
