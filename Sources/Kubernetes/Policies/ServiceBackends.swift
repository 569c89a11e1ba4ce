import MetricSchema
import Observability

extension ClusterDirectory.State {
    /// What an attempt at a service's own address may have become: one at each endpoint of that port. None where the
    /// service has no such port or no endpoints, these are not followed, or there are more than are worth asking for.
    func attempts(behind attempt: FlowAttempt) -> [FlowAttempt] {
        guard let identity = owners[attempt.server]?.last?.identity,
            let service = service(identity),
            let port = service.ports.first(where: {
                $0.number == attempt.port && $0.protocolNumber == attempt.protocolNumber
            })
        else { return [] }
        let label = ServiceLabel(namespace: service.key.namespace, name: service.key.name)
        var attempts: [FlowAttempt] = []
        for key in slicesByService[label] ?? [] {
            guard let slice = endpointSlices[key],
                let target = slice.ports.first(where: {
                    $0.name == port.name && $0.protocolName == port.protocolName
                })
            else { continue }
            for address in slice.hosts.lazy.map(\.address) where address.isV4 == attempt.server.isV4
            {
                attempts.append(
                    FlowAttempt(
                        client: attempt.client, server: address,
                        protocolNumber: attempt.protocolNumber, port: target.number))
            }
            if attempts.count > Self.mostBackends { return [] }
        }
        return attempts
    }

    private static let mostBackends = 256

    private func service(_ identity: Identity) -> ServiceRecord? {
        let prefix = Identity.service("", namespace: "").pod
        guard identity.pod.hasPrefix(prefix) else { return nil }
        return services[
            ObjectKey(
                namespace: identity.namespace, name: String(identity.pod.dropFirst(prefix.count)))]
    }
}

extension ServicePort {
    fileprivate var protocolNumber: UInt8? { PolicyPort.numbers[protocolName] }
}
