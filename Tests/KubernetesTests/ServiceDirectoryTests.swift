import Foundation
import Kubernetes
import MetricSchema
import Observability
import Testing

/// Services and their slices, as the index of services has them.
struct ServiceDirectoryTests {
    private let directory = ClusterDirectory { _ in }

    @Test(
        "a service's addresses and its slices' endpoints are the service's, and follow every change"
    )
    func changes() throws {
        directory.apply(services: .set(try Self.service(["10.96.0.1", "None"])))
        #expect(try name("10.96.0.1", 1) == "a/web")
        directory.apply(services: .set(try Self.service(["10.96.0.2"], version: 2)))
        #expect(try name("10.96.0.1", 1) == nil)
        #expect(try name("10.96.0.2", 1) == "a/web")
        let first = try Self.slice("s1", ["10.0.0.1", "10.0.0.2"], [8080, 9090])
        directory.apply(endpointSlices: .replaced([first]))
        #expect(try name("10.0.0.2", 9090) == "a/web")
        #expect(try name("10.0.0.2", 80) == nil)
        directory.apply(
            endpointSlices: .set(try Self.slice("s1", ["10.0.0.2"], [8080], version: 2)))
        #expect(try name("10.0.0.1", 8080) == nil)
        #expect(try name("10.0.0.2", 8080) == "a/web")
        directory.apply(endpointSlices: .set(try Self.slice("s2", ["10.0.0.2"], [8080])))
        directory.apply(endpointSlices: .removed(first.key, uid: first.uid))
        #expect(try name("10.0.0.2", 8080) == "a/web")
        directory.apply(endpointSlices: .replaced([]))
        #expect(try name("10.0.0.2", 8080) == nil)
        directory.apply(services: .removed(ObjectKey(namespace: "a", name: "web"), uid: "web"))
        #expect(directory.services.current.isEmpty)
    }

    @Test("slices of no service, of names and without ports are nobody's")
    func others() throws {
        directory.apply(endpointSlices: .set(try Self.slice("s1", ["10.0.0.1"], [80], of: nil)))
        directory.apply(endpointSlices: .set(try Self.slice("s2", ["example.org"], [80])))
        directory.apply(endpointSlices: .set(try Self.slice("s3", ["10.0.0.3"], [])))
        #expect(directory.services.current.isEmpty)
        directory.apply(
            endpointSlices: .set(
                try Self.decode(#"{"metadata":{"name":"s4","namespace":"a","uid":"s4"}}"#)))
        #expect(directory.services.current.isEmpty)
    }

    @Test("an endpoint's zone and the zones it is meant for are its slice's word, and follow it")
    func zones() throws {
        func slice(_ zone: String, hints: String, version: Int) throws -> EndpointSliceRecord {
            try Self.decode(
                #"{"metadata":{"name":"s1","namespace":"a","uid":"s1","resourceVersion":"\#(version)","labels":{"kubernetes.io/service-name":"web"}},"endpoints":[{"addresses":["10.0.0.1"],"zone":"\#(zone)","hints":\#(hints)},{"addresses":["10.0.0.2"]}],"ports":[{"port":80}]}"#
            )
        }
        func place() throws -> ServicePlace? {
            let view = directory.services.current
            let address = try #require(IPAddress("10.0.0.1"))
            guard case .service(let service) = view.service(at: address, port: 80) else {
                return nil
            }
            return view.place(of: address, in: service)
        }
        directory.apply(
            endpointSlices: .set(
                try slice(
                    "eu-1a", hints: #"{"forZones":[{"name":"eu-1b"},{"name":"eu-1a"}]}"#, version: 1
                )
            ))
        #expect(try place()?.zone == "eu-1a")
        #expect(try place()?.hints == ["eu-1a", "eu-1b"])
        let other = try #require(IPAddress("10.0.0.2"))
        #expect(directory.services.current.zone(of: other) == nil)
        directory.apply(endpointSlices: .set(try slice("eu-1c", hints: "{}", version: 2)))
        #expect(try place() == .shared(zone: "eu-1c"))
        directory.apply(endpointSlices: .set(try slice("", hints: "null", version: 3)))
        #expect(try place() == .unknown)
    }

    private func name(_ address: String, _ port: UInt16) throws -> String? {
        let address = try #require(IPAddress(address))
        guard
            case .service(let service) = directory.services.current.service(
                at: address, port: port)
        else { return nil }
        return "\(service.label.namespace)/\(service.label.name)"
    }

    private static func service(_ addresses: [String], version: Int = 1) throws -> ServiceRecord {
        let list = addresses.map { "\"\($0)\"" }.joined(separator: ",")
        return try decode(
            #"{"metadata":{"name":"web","namespace":"a","uid":"web","resourceVersion":"\#(version)"},"spec":{"clusterIPs":[\#(list)]}}"#
        )
    }

    private static func slice(
        _ name: String, _ addresses: [String], _ ports: [Int], of service: String? = "web",
        version: Int = 1
    ) throws -> EndpointSliceRecord {
        let endpoints = addresses.map { #"{"addresses":["\#($0)"]}"# }.joined(separator: ",")
        let list = ports.map { #"{"port":\#($0)}"# }.joined(separator: ",")
        let labels = service.map { #","labels":{"kubernetes.io/service-name":"\#($0)"}"# } ?? ""
        return try decode(
            #"{"metadata":{"name":"\#(name)","namespace":"a","uid":"\#(name)","resourceVersion":"\#(version)"\#(labels)},"endpoints":[\#(endpoints)],"ports":[\#(list)]}"#
        )
    }

    private static func decode<Record: KubernetesRecord>(_ text: String) throws -> Record {
        try JSONDecoder().decode(Record.self, from: Data(text.utf8))
    }
}
