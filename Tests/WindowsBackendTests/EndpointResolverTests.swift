import MetricSchema
import Observability
import Testing
import WindowsBackend

@Suite struct EndpointResolverTests {
    static let sandbox = "df0a2aa4b779b5b4ab864330553bce7f7a87a45fc46771d402a5dd1f42c67447"
    static let id = "3F2C6E0A-8D44-4F27-9A5B-0C6F1D7E2A01"
    static let namespace = "7CB720C0-AC4C-4266-92E1-DC277B2A9B94"

    private func endpoint(_ members: String) throws -> HNSEndpoint {
        var unreadable = UnreadableValues()
        let value = try JSONValue(
            parsing: Array(#"{"ID":"\#(Self.id)","State":3,\#(members)}"#.utf8))
        return try HNSEndpoint(parsing: HNSFields(value, from: "x"), noting: &unreadable)
    }

    private func pod(_ name: String, sandbox: String = sandbox, _ address: String? = nil)
        -> PodRecord
    {
        PodRecord(
            identity: Identity(namespace: "shop", pod: name), sandbox: sandbox,
            namespace: GUID(Self.namespace),
            addresses: address.flatMap { IPAddress($0) }.map { [$0] } ?? [])
    }

    static let rules: [(String, EndpointRule)] = [
        (#""SharedContainers":["\#(sandbox)"]"#, .sandbox),
        (#""SharedContainers":["DF0A2AA4B779"]"#, .sandbox),
        (#""SharedContainers":["df0a2aa4"],"Namespace":{"ID":"\#(namespace)"}"#, .namespace),
        (#""IPAddress":"10.0.0.9""#, .address),
        (#""Name":"\#(sandbox)_flannel.4096""#, .endpointName),
        (#""Name":"df0a2aa4-eth0""#, .endpointName),
        (#""Name":"cid-\#(sandbox)""#, .endpointName),
        (#""Name":"Ethernet""#, .ownName),
        (#""Name":"df0a2aa-eth0""#, .ownName),
    ]

    @Test("an endpoint is a pod's by the most trusted rule that says so", arguments: rules)
    func appliesRules(_ members: String, _ rule: EndpointRule) throws {
        let resolver = EndpointResolver(pods: [
            pod("cart", "10.0.0.9"),
            PodRecord(identity: Identity(pod: "other"), sandbox: "ffff2aa4b779b5b4"),
        ])
        let owner = resolver.owner(of: try endpoint(members))
        #expect(owner.rule == rule)
        #expect((owner.identity.pod == "cart") == (rule != .ownName))
    }

    @Test(
        "what contradicts is settled by trust: sandbox before namespace before address before name")
    func prefersTrust() throws {
        let first = PodRecord(identity: Identity(pod: "sandbox"), sandbox: Self.sandbox)
        let second = PodRecord(
            identity: Identity(pod: "namespace"), sandbox: "aaaaaaaaaaaaaaaa",
            namespace: GUID(Self.namespace))
        let third = PodRecord(
            identity: Identity(pod: "address"), sandbox: "bbbbbbbbbbbbbbbb",
            addresses: [IPAddress(v4: 0x0a00_0009)])
        let fourth = PodRecord(identity: Identity(pod: "name"), sandbox: "cccccccccccccccc")
        let endpoint = try endpoint(
            #"""
            "SharedContainers":["\#(Self.sandbox)"],"Namespace":{"ID":"\#(Self.namespace)"},
            "IPAddress":"10.0.0.9","Name":"cccccccc-eth0"
            """#)
        var pods = [first, second, third, fourth]
        for name in ["sandbox", "namespace", "address", "name"] {
            #expect(EndpointResolver(pods: pods).owner(of: endpoint).identity.pod == name)
            pods.removeFirst()
        }
    }

    @Test("a rule that two pods answer to says nothing")
    func refusesAmbiguity() throws {
        let resolver = EndpointResolver(pods: [
            pod("one", "10.0.0.9"), pod("two", sandbox: "df0a2aa4ffff", "10.0.0.9"),
        ])
        let byName = resolver.owner(of: try endpoint(#""Name":"df0a2aa4-eth0""#))
        #expect(byName.rule == .ownName && byName.identity.pod == "df0a2aa4-eth0")
        let owner = resolver.owner(
            of: try endpoint(#""IPAddress":"10.0.0.9","SharedContainers":["\#(Self.sandbox)"]"#))
        #expect(owner.rule == .sandbox && owner.identity.pod == "one")
    }

    @Test("a namespace's list of containers completes the endpoint's own")
    func asksNamespaces() throws {
        var unreadable = UnreadableValues()
        let value = try JSONValue(
            parsing: Array(
                #"{"ID":"\#(Self.namespace)","Containers":["\#(Self.sandbox)"]}"#.utf8))
        let namespace = try #require(HNSNamespace(value, noting: &unreadable))
        let pod = PodRecord(identity: Identity(pod: "cart"), sandbox: Self.sandbox)
        let endpoint = try endpoint(#""Namespace":{"ID":"\#(Self.namespace)"}"#)
        let resolver = EndpointResolver(pods: [pod], namespaces: [namespace])
        #expect(resolver.owner(of: endpoint).rule == .sandbox)
    }
}
