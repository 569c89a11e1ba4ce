import Kubernetes

/// An agent's pod: where it is, whether it runs, and the port it serves at.
struct AgentPod: Decodable {
    let place: AgentPlace

    private struct Object: Decodable {
        struct Spec: Decodable {
            let nodeName: String?
            let containers: [Container]?
        }

        struct Container: Decodable {
            struct Port: Decodable {
                let name: String?
                let containerPort: Int
            }
            let ports: [Port]?
        }

        struct Status: Decodable {
            struct Condition: Decodable {
                let type: String
                let status: String
            }
            let phase: String?
            let conditions: [Condition]?
        }

        let metadata: ObjectMeta
        let spec: Spec
        let status: Status?
    }

    init(from decoder: any Decoder) throws {
        let object = try Object(from: decoder)
        let key = object.metadata.key
        let ports = (object.spec.containers ?? []).flatMap { $0.ports ?? [] }
        let port = (ports.first { $0.name == "metrics" } ?? ports.first)?.containerPort ?? 10_093
        // As Prometheus is told.
        let scheme = object.metadata.annotations["prometheus.io/scheme"] == "https" ? "https:" : ""
        let phase = object.status?.phase ?? "Unknown"
        let ready = object.status?.conditions?.first { $0.type == "Ready" }?.status == "True"
        place = AgentPlace(
            node: object.spec.nodeName ?? "", agent: key.description,
            target:
                "/api/v1/namespaces/\(key.namespace)/pods/\(scheme)\(key.name):\(port)/proxy",
            isReady: ready,
            problem: phase == "Running" ? nil : "its pod is \(phase)")
    }
}
