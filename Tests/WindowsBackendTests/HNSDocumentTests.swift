import Observability
import Testing
import WindowsBackend

/// Documents of both versions of HNS's API, sparse, misspelt and in mixed case.
@Suite struct HNSDocumentTests {
    private func json(_ text: String) throws -> JSONValue {
        try JSONValue(parsing: Array(text.utf8))
    }

    private func endpoint(
        _ text: String, unreadable count: UInt64 = 0, first: String? = nil
    ) throws -> HNSEndpoint {
        var unreadable = UnreadableValues()
        let endpoint = try HNSEndpoint(
            parsing: HNSFields(json(text), from: "GET /x"), noting: &unreadable)
        #expect(unreadable.count == count)
        #expect(unreadable.first == first)
        return endpoint
    }

    static let id = "3F2C6E0A-8D44-4F27-9A5B-0C6F1D7E2A01"
    static let namespace = "7CB720C0-AC4C-4266-92E1-DC277B2A9B94"
    static let port = "924950C2-4D3F-47E2-A7BA-C0E322C51C66"

    // MARK: Endpoints

    /// The same endpoint in version 1 of Server 2019, in version 1 with other spelling, and in version 2.
    static let sameEndpoint = [
        #"""
        {"ID":"\#(id)","Name":"x","State":3,"VirtualNetwork":"9d59c0df-b1e2-4eee-9fde-b7ea829fc6a1",
        "MacAddress":"00-15-5D-0A-F4-02","IPAddress":"10.244.2.141","IPv6Address":"fd00::2:141",
        "Namespace":{"ID":"\#(namespace)"},
        "Resources":{"Allocators":[{"Tag":"VNET Policy"},{"Tag":"Endpoint Port","EndpointPortGuid":""},
        {"Tag":"Endpoint Port","EndpointPortGuid":"\#(port)"}]}}
        """#,
        #"""
        {"Id":"\#(id.lowercased())","name":"x","state":3,"virtualnetwork":"{9D59C0DF-B1E2-4EEE-9FDE-B7EA829FC6A1}",
        "macaddress":"00:15:5d:0a:f4:02","ipaddress":"10.244.2.141","ipv6address":"fd00::2:0141",
        "namespace":{"Id":"\#(namespace.lowercased())"},
        "resources":{"allocators":[{"tag":"endpoint port","endpointportguid":"{\#(port)}"}]}}
        """#,
        #"""
        {"ID":"\#(id)","Name":"x","State":3,"HostComputeNetwork":"9d59c0df-b1e2-4eee-9fde-b7ea829fc6a1",
        "HostComputeNamespace":"\#(namespace)","MacAddress":"00155D0AF402",
        "IpConfigurations":[{"IpAddress":"10.244.2.141","PrefixLength":24},{"IpAddress":"fd00::2:141"}],
        "Health":{"Extra":{"Resources":{"Allocators":[
        {"Tag":"Endpoint Port","EndpointPortGuid":"\#(port)","SwitchId":"x"}]}}},
        "SchemaVersion":{"Major":2}}
        """#,
    ]

    @Test("an endpoint reads the same in both versions and any spelling", arguments: sameEndpoint)
    func readsEndpoints(_ text: String) throws {
        let endpoint = try endpoint(text)
        #expect(endpoint.key == Self.id.lowercased())
        #expect(endpoint.network == GUID("9D59C0DF-B1E2-4EEE-9FDE-B7EA829FC6A1"))
        #expect(endpoint.namespace == GUID(Self.namespace))
        #expect(endpoint.macAddress == MACAddress("00155D0AF402"))
        #expect(endpoint.addresses.map { "\($0)" } == ["10.244.2.141", "fd00::2:141"])
        #expect(endpoint.port == GUID(Self.port))
        #expect(endpoint.carriesTraffic)
    }

    @Test("version 2 says in its flags that an endpoint is remote")
    func readsRemoteFlag() throws {
        #expect(try endpoint(#"{"ID":"\#(Self.id)","State":3,"Flags":1}"#).isRemote)
        #expect(try !endpoint(#"{"ID":"\#(Self.id)","State":3,"Flags":32}"#).isRemote)
    }

    @Test("a GUID of zeros or no text is none, and nothing is wrong with it")
    func readsNoGUID() throws {
        let zeros = "00000000-0000-0000-0000-000000000000"
        let endpoint = try endpoint(
            #"{"ID":"\#(Self.id)","Namespace":{"ID":"\#(zeros)"},"VirtualNetwork":""}"#)
        #expect(endpoint.namespace == nil && endpoint.network == nil)
    }

    static let badValues: [(String, String)] = [
        (#""MacAddress":"nonsense""#, "MacAddress"), (#""IPAddress":"10.0.0.256""#, "IPAddress"),
        (#""VirtualNetwork":"x""#, "VirtualNetwork"),
        (#""SharedContainers":[7]"#, "SharedContainers"),
        (#""Policies":{}"#, "Policies"), (#""Resources":[]"#, "Resources"),
        (#""Flags":"many""#, "Flags"), (#""IpConfigurations":[{"IpAddress":1}]"#, "IpAddress"),
    ]

    @Test("a bad value costs itself and is counted, not the endpoint", arguments: badValues)
    func losesOneValue(_ member: String, _ name: String) throws {
        var unreadable = UnreadableValues()
        let text = #"{"ID":"\#(Self.id)","Name":"x","State":3,\#(member)}"#
        let endpoint = try HNSEndpoint(
            parsing: HNSFields(json(text), from: "GET /x"), noting: &unreadable)
        #expect(endpoint.carriesTraffic && endpoint.name == "x")
        #expect(unreadable.count >= 1)
        #expect(unreadable.first == name)
    }

    // MARK: Policies

    @Test("an ACL reads the same beside its type and in its settings")
    func readsACLs() throws {
        let settings = #"""
            "Action":"Block","Direction":"In","Protocols":"6,17","RemoteAddresses":"10.0.0.0/8, fd00::/8",
            "LocalPorts":"80","Priority":200,"RuleType":"Switch"
            """#
        let endpoint = try endpoint(
            #"""
            {"ID":"\#(Self.id)","Policies":[{"Type":"ACL",\#(settings)},
            {"Type":"acl","Settings":{\#(settings)}},{"Type":"OutBoundNAT","Settings":{}},
            {"Type":"ACL","Protocol":256,"Action":"Allow","Direction":"Out","LocalPort":0}]}
            """#)
        guard case .acl(let rule) = endpoint.policies[0] else {
            Issue.record("no ACL")
            return
        }
        #expect(endpoint.policies[1] == .acl(rule))
        #expect(endpoint.policies[2] == .other("OutBoundNAT"))
        #expect(rule.action == .block && rule.isIngress == true && rule.priority == 200)
        #expect(rule.protocols == [6, 17])
        #expect(rule.remoteAddresses == ["10.0.0.0/8", "fd00::/8"])
        #expect(rule.localPorts == ["80"] && rule.remotePorts == [])
        guard case .acl(let all) = endpoint.policies[3] else {
            Issue.record("no ACL")
            return
        }
        #expect(all.action == .allow && all.isIngress == false)
        #expect(all.protocols == [] && all.localPorts == [])
    }

    @Test("a route reads the same in both versions, and every policy has a kind")
    func readsRoutes() throws {
        let endpoint = try endpoint(
            #"""
            {"ID":"\#(Self.id)","Policies":[{"Type":"ROUTE","DestinationPrefix":"10.0.0.0/8","NeedEncap":true},
            {"Type":"SDNRoute","Settings":{"DestinationPrefix":"10.0.0.0/8","NeedEncap":true}},
            {"Type":"SDNRoute","Settings":{"DestinationPrefix":"fd00::/8","NextHop":"fd00::1"}},
            {"Type":"SDNRoute","Settings":{"NextHop":"nowhere"}},
            {"Type":"ACL","Action":"Block"},{"Type":"ACL","Action":"Mirror"},{"Type":"L4Proxy"}]}
            """#, unreadable: 1, first: "NextHop")
        let routes = endpoint.policies.compactMap { policy in
            if case .route(let route) = policy { route } else { nil }
        }
        #expect(routes.map(\.destination) == ["10.0.0.0/8", "10.0.0.0/8", "fd00::/8", ""])
        #expect(routes.map(\.isEncapsulated) == [true, true, false, false])
        #expect(routes.map(\.nextHop) == [nil, nil, IPAddress("fd00::1"), nil])
        #expect(
            endpoint.policies.map(\.kind) == [
                "route", "route", "route", "route", "acl_block", "acl_other", "l4proxy",
            ])
    }

    // MARK: Networks

    @Test("version 2 leaves the type NAT out, and it is read as NAT")
    func defaultsToNAT() throws {
        var unreadable = UnreadableValues()
        let text = #"""
            {"ID":"\#(Self.id)","Name":"nat","Ipams":[{"Type":"Static","Subnets":[
            {"IpAddressPrefix":"172.25.192.0/20"},{"IpAddressPrefix":"fd00:1::/64"}]}]}
            """#
        let network = try #require(HNSNetwork(json(text), noting: &unreadable))
        #expect(network.kind == .nat)
        #expect(network.subnets == ["172.25.192.0/20", "fd00:1::/64"])
        #expect(unreadable.count == 0)
    }

    @Test(
        "a network's type is the same in any case",
        arguments: ["Overlay", "overlay", "OVERLAY"])
    func ignoresCase(_ type: String) throws {
        var unreadable = UnreadableValues()
        let network = try HNSNetwork(
            json(#"{"ID":"\#(Self.id)","Type":"\#(type)"}"#), noting: &unreadable)
        #expect(network?.kind.rawValue == "overlay")
    }

    // MARK: Namespaces

    @Test(
        "a namespace reads the same in both versions, and a container is in it once",
        arguments: [
            #"""
            {"ID":"\#(namespace)","CompartmentId":6,"Containers":["291cd4892b99","291cd4892b99",
            "0f70f0bcccaf"],"ResourceList":[{"Data":{"Id":"\#(id)"},"Type":"Endpoint"}]}
            """#,
            #"""
            {"ID":"\#(namespace)","CompartmendId":6,"Containers":["291cd4892b99","0f70f0bcccaf"],
            "ResourceList":[{"Data":{"ID":"\#(id)"},"Type":"endpoint"}]}
            """#,
            #"""
            {"ID":"\#(namespace)","NamespaceId":6,"Resources":[{"Type":"Container",
            "Data":{"Id":"291cd4892b99"}},{"Type":"Container","Data":{"Id":"0f70f0bcccaf"}},
            {"Type":"Endpoint","Data":{"Id":"\#(id)"}}]}
            """#,
        ])
    func readsNamespaces(_ text: String) throws {
        var unreadable = UnreadableValues()
        let namespace = try #require(HNSNamespace(json(text), noting: &unreadable))
        #expect(namespace.compartment == 6)
        #expect(namespace.containers == ["291cd4892b99", "0f70f0bcccaf"])
        #expect(namespace.endpoints == [GUID(Self.id)])
        #expect(unreadable.count == 0)
    }

    // MARK: Load balancers

    @Test(
        "a load balancer reads the same in both versions",
        arguments: [
            #"""
            {"ID":"\#(namespace)","References":["/endpoints/\#(id)"],"Policies":[{"Type":"ELB",
            "InternalPort":8080,"ExternalPort":80,"Protocol":6,"VIPs":["10.0.0.10"],"IsDSR":true},
            {"Type":"Route"}],"State":1}
            """#,
            #"""
            {"ID":"\#(namespace)","HostComputeEndpoints":["\#(id.lowercased())"],
            "FrontendVIPs":["10.0.0.10"],"Flags":1,"PortMappings":[{"Protocol":6,"InternalPort":8080,
            "ExternalPort":80,"DistributionType":0}]}
            """#,
        ])
    func readsLoadBalancers(_ text: String) throws {
        var unreadable = UnreadableValues()
        let balancer = try #require(HNSLoadBalancer(json(text), noting: &unreadable))
        #expect(balancer.endpoints == [GUID(Self.id)])
        #expect(balancer.isDirect)
        let frontend = try #require(balancer.frontends.first)
        #expect(balancer.frontends.count == 1)
        #expect(frontend.address.map { "\($0)" } == "10.0.0.10")
        #expect(frontend.port == 80 && frontend.target == 8080 && frontend.transport == 6)
        #expect(unreadable.count == 0)
    }

    @Test("a policy list that balances nothing is no load balancer")
    func skipsOtherPolicies() throws {
        var unreadable = UnreadableValues()
        let text = #"{"ID":"\#(Self.id)","References":[],"Policies":[{"Type":"ROUTE"}]}"#
        #expect(try HNSLoadBalancer(json(text), noting: &unreadable) == nil)
    }
}
