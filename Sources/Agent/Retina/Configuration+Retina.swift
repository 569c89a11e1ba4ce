import Foundation
import MetricSchema
import Observability

extension Configuration {
    /// Nil where nobody wants one.
    func translation(of backend: any Backend) -> RetinaTranslation? {
        guard compatibility.contains(.retina) else { return nil }
        return RetinaTranslation(retinaContext, on: backend.system, node: nodeName) {
            backend.podAddresses
        }
    }

    private var nodeName: String {
        kubernetes.node.isEmpty ? ProcessInfo.processInfo.hostName : kubernetes.node
    }
}
