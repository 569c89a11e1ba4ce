import MetricSchema
import Testing
import WindowsBackend

/// vfpctrl's answers, as text of several builds and as JSON.
@Suite struct VFPDecodingTests {
    // MARK: Ports

    static let name = "924950C2-4D3F-47E2-A7BA-C0E322C51C66"

    static let lists = [
        // Windows 10 1709 and later, as printed.
        """
        ITEM LIST
        ===========

          Port name             : \(name)
          Port Friendly name    : 3F2C6E0A-8D44-4F27-9A5B-0C6F1D7E2A01
          Switch name           : 5D81E4BB-3056-4BA3-A7A5-469AEAFB366D
          PortId                : 3
          Port type:            : Synthetic
           Port is Initialized.
          MAC address           : 00-15-5D-0A-F4-02
          NIC Statistics:
            Ingress packet drops : MacSpoofing : 4

          Port name             : 4FD72AB0-2C35-4AE7-AC9A-F893495BD5EF
          Port Friendly name    : ExternalPort

        Command list-vmswitch-port succeeded!
        """,
        // Without indents or blank lines, and German around the keys.
        """
        Port name : \(name.lowercased())
        Port Friendly name : 3F2C6E0A-8D44-4F27-9A5B-0C6F1D7E2A01
         Der Port ist initialisiert.
        MAC address : 00-15-5d-0a-f4-02
        Port name : {4FD72AB0-2C35-4AE7-AC9A-F893495BD5EF}
        Port Friendly name : ExternalPort
        Befehl list-vmswitch-port erfolgreich!
        """,
        // /format 1.
        #"""
        {"$type":"VmSwitchPortList","Ports":[{"Id":"3F2C6E0A-8D44-4F27-9A5B-0C6F1D7E2A01",
        "Name":"\#(name)","VmsPortId":3,"MacAddress":"00155D0AF402"},
        {"Id":"ExternalPort","Name":"4FD72AB0-2C35-4AE7-AC9A-F893495BD5EF"}]}
        """#,
    ]

    @Test("ports are the same in every layout and language, with CRLF or LF", arguments: lists)
    func readsPorts(_ text: String) throws {
        for text in [
            text,
            text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n"),
        ] {
            let list = try VFPPortList(parsing: Array(text.utf8))
            #expect(
                list.ports.map(\.name) == [
                    GUID(Self.name), GUID("4FD72AB0-2C35-4AE7-AC9A-F893495BD5EF"),
                ])
            #expect(list.ports[0].friendlyName == "3F2C6E0A-8D44-4F27-9A5B-0C6F1D7E2A01")
            #expect(list.ports.map(\.macAddress) == [MACAddress("00155D0AF402"), nil])
            #expect(list.unreadable.count == 0)
        }
    }

    @Test("a port whose name is no GUID costs itself")
    func skipsBadPorts() throws {
        let text = "Port name : x\nMAC address : 00-15-5D-0A-F4-02\nPort name : \(Self.name)\n"
        let list = try VFPPortList(parsing: Array(text.utf8))
        #expect(list.ports.map(\.name) == [GUID(Self.name)])
        #expect(list.ports[0].macAddress == nil)
        #expect(list.unreadable.count == 1)
    }

    @Test(
        "what is no list of ports is refused, with what it says",
        arguments: ["", "ERROR: the service is not started", "{}", #"{"Ports":[]}"#, "{"])
    func refusesLists(_ text: String) {
        #expect(throws: VFPError.self) { try VFPPortList(parsing: Array(text.utf8)) }
    }

    // MARK: Counters

    static let text = """
        Port counters

        Direction - OUT
          SYN packets : 12
          SYN-ACK packets : 3
          FIN packets : 9
          RST packets : 1
          TCP Connections Verified : 8
          TCP Connections Timed Out : 0
          TCP Connections Reset : 1
          TCP Connections Reset by SYN : 2
          TCP Connections Closed by FIN : 7
          TCP Half Open Timeouts : 4
          TCP Connections Expired to Time Wait : 6
          Total packets : 4242
          Total bytes : 18446744073709551615
          Dropped ACL packets : 5
        Direction - IN
          SYN packets : 112
          SYN-ACK packets : 103
          FIN packets : 109
          RST packets : 101
          TCP Connections Verified : 108
          TCP Connections Timed Out : 100
          TCP Connections Reset : 101
          TCP Connections Reset by SYN : 102
          TCP Connections Closed by FIN : 107
          TCP Half Open Timeouts : 104
          TCP Connections Expired to Time Wait : 106
          Total packets : 14242
          Total bytes : 1812345
          Dropped ACL packets : 105
        Command get-port-counter succeeded!
        """

    static let json = #"""
        {"$type":"PortCounterInformation","InformationArray":[{"PortCounters":[
        {"Direction":0,"TotalPackets":4242,"TotalBytes":18446744073709551615,"DroppedPackets":50,
        "DroppedAcl":5,"TcpSynPackets":12,"TcpSynAckPackets":3,"TcpFinPackets":9,"TcpResetPackets":1,
        "TcpConnectionsVerified":8,"TcpConnectionsTimedOut":0,"TcpConnectionsResets":1,
        "TcpConnectionsResetBySyn":2,"TcpConnectionsClosedByFin":7,"TcpHalfOpenTimeouts":4,
        "TcpConnectionsExpiredToTimeWait":6},
        {"Direction":1,"TotalPackets":14242,"TotalBytes":1812345,"DroppedAcl":105,"TcpSynPackets":112,
        "TcpSynAckPackets":103,"TcpFinPackets":109,"TcpResetPackets":101,"TcpConnectionsVerified":108,
        "TcpConnectionsTimedOut":100,"TcpConnectionsResets":101,"TcpConnectionsResetBySyn":102,
        "TcpConnectionsClosedByFin":107,"TcpHalfOpenTimeouts":104,
        "TcpConnectionsExpiredToTimeWait":106}]}]}
        """#

    /// The text in other forms that mean the same.
    static let variants = [
        text,
        text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n"),
        text.split(separator: "\n").reversed().drop { $0.hasPrefix("Command") }.reversed()
            .map { "\t" + $0 + " " }.joined(separator: "\n"),
        text.lowercased().split(separator: "\n").map {
            $0.hasSuffix("- out") ? "Richtung - OUT" : $0.hasSuffix("- in") ? "Richtung - IN" : $0
        }.joined(separator: "\n"),
        "\u{FEFF}" + text, json,
        json.split(separator: "[{\"PortCounters").joined(separator: "{\"PortCounters")
            .split(separator: "]}]}").joined() + "]}}",
    ]

    @Test("port counters are the same in every layout and language", arguments: variants)
    func readsCounters(_ text: String) throws {
        let counters = try VFPPortCounters(parsing: Array(text.utf8))
        #expect(counters.unreadable.count == 0)
        #expect(counters[.packets, .egress] == 4242)
        #expect(counters[.bytes, .egress] == .max)
        let expected: [(VFPQuantity, UInt64)] = [
            (.syn, 12), (.synAck, 3), (.fin, 9), (.reset, 1), (.verified, 8), (.timedOut, 0),
            (.connectionReset, 1), (.resetBySyn, 2), (.closedByFin, 7), (.halfOpenTimeout, 4),
            (.expiredToTimeWait, 6), (.aclDrops, 5),
        ]
        for (quantity, value) in expected {
            #expect(counters[quantity, .egress] == value, "\(quantity)")
            #expect(counters[quantity, .ingress] == value + 100, "\(quantity)")
        }
        #expect(counters[.resetHalfTTL, .ingress] == nil)
    }

    @Test(
        "a bad value costs that value and is counted, not the port",
        arguments: ["-1", "1.5", "viele", "18446744073709551616", ""])
    func losesOneValue(_ value: String) throws {
        let text = Self.text.split(separator: "SYN packets : 12\n").joined(
            separator: "SYN packets : \(value)\n")
        let counters = try VFPPortCounters(parsing: Array(text.utf8))
        #expect(counters[.syn, .egress] == nil)
        #expect(counters[.syn, .ingress] == 112)
        #expect(counters[.synAck, .egress] == 3)
        #expect(counters.unreadable.count == 1)
        #expect(counters.unreadable.first == "egress SYNpackets")
    }

    @Test(
        "a port that is gone is refused with what vfpctrl says",
        arguments: ["Error (2): Das System kann die angegebene Datei nicht finden.", "", "{}", "["])
    func refusesCounters(_ text: String) {
        let error = #expect(throws: VFPError.self) {
            try VFPPortCounters(parsing: Array(text.utf8))
        }
        if text.hasPrefix("Error") { #expect("\(String(describing: error))".contains("Error (2)")) }
    }

    // MARK: Rules

    static let rules = [
        """
        LAYER : ACL_ENDPOINT_LAYER
          GROUP : ACL_GROUP_IN
            Direction : IN
            RULE : block-db
              Priority : 100
              Matched packets : 40
              Dropped packets : 40
              Pending packets : 0
            RULE : allow-all
              Matched packets            7
              Matched packets : 960
        LAYER : SLB_NAT_LAYER
          GROUP : SLB_GROUP_NAT_IPv4_OUT
            RULE : SNAT
              Matched packets : x
              Dropped packets : 1
        Command get-rule-counter succeeded!
        """,
        #"""
        {"Layers":[{"Name":"ACL_ENDPOINT_LAYER","Groups":[{"Name":"ACL_GROUP_IN","Rules":[
        {"Id":"block-db","InformationArray":[{"RuleCounters":{"MatchedPackets":40,"DroppedPackets":40,
        "PendingPackets":0}}]},{"Id":"allow-all","InformationArray":[{"RuleCounters":
        {"MatchedPackets":960}}]}]}]},{"Name":"SLB_NAT_LAYER","Groups":[{"Name":
        "SLB_GROUP_NAT_IPv4_OUT","Rules":[{"Name":"SNAT","InformationArray":[{"RuleCounters":
        {"MatchedPackets":"x","DroppedPackets":1}}]}]}]}]}
        """#,
    ]

    @Test("rule counters stand with their layer and group", arguments: rules)
    func readsRules(_ text: String) throws {
        let counters = try VFPRuleCounters(parsing: Array(text.utf8))
        #expect(counters.rules.map(\.rule) == ["block-db", "allow-all", "SNAT"])
        #expect(
            counters.rules.map(\.layer) == [
                "ACL_ENDPOINT_LAYER", "ACL_ENDPOINT_LAYER", "SLB_NAT_LAYER",
            ])
        #expect(
            counters.rules.map(\.group) == [
                "ACL_GROUP_IN", "ACL_GROUP_IN", "SLB_GROUP_NAT_IPv4_OUT",
            ])
        #expect(counters.rules.map(\.matchedPackets) == [40, 960, nil])
        #expect(counters.rules.map(\.droppedPackets) == [40, nil, 1])
        #expect(counters.unreadable.count == 1)
    }

    @Test("what has no layers is no answer", arguments: ["Error (2)", "{}", ""])
    func refusesRules(_ text: String) {
        #expect(throws: VFPError.self) { try VFPRuleCounters(parsing: Array(text.utf8)) }
    }
}
