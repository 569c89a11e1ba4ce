import Testing
import WindowsBackend

/// Damages real answers. Every run does the same.
@Suite struct DecoderFuzzTests {
    /// SplitMix64.
    struct Dice: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }
    }

    @Test("20 000 damaged answers are read or refused, and none ends the process")
    func survives() throws {
        let whole = Recording("azure-cni-three-pods")
        let odd = Recording("odd-endpoints")
        var seeds = [try odd.bytes("hns/endpoints.json")]
        for recording in [whole, odd] {
            for file in try recording.files(in: "hns/endpointstats") where file.hasSuffix(".json") {
                seeds.append(try recording.bytes(file))
            }
        }
        var dice = Dice(state: 1)
        var outcomes = [0, 0]
        for round in 0..<20_000 {
            let bytes = damage(seeds[round % seeds.count], &dice)
            outcomes[decodes(bytes) ? 0 : 1] += 1
        }
        // Damage that is never or always noticed would mean that nothing was tested.
        #expect(outcomes.allSatisfy { $0 > 1_000 }, "\(outcomes)")
    }

    typealias Decoder = @Sendable ([UInt8]) throws -> Void

    /// A decoder and an answer it can read.
    static let decoders: [(name: String, file: String, decode: Decoder)] = [
        (
            "networks", "hns/networks.json",
            { _ = try documents($0) { HNSNetwork($0, noting: &$1) } }
        ),
        (
            "namespaces", "hns/namespaces.json",
            { _ = try documents($0) { HNSNamespace($0, noting: &$1) } }
        ),
        (
            "load balancers", "hns/policylists.json",
            { _ = try documents($0) { HNSLoadBalancer($0, noting: &$1) } }
        ),
        ("endpoints", "hns/endpoints.json", { _ = try HNSEndpointList(parsing: fields($0)) }),
        ("ports", "vfp/ports.txt", { _ = try VFPPortList(parsing: $0) }),
        (
            "port counters", "vfp/counters/0000000f-0000-4000-8000-000000000007.txt",
            { _ = try VFPPortCounters(parsing: $0) }
        ),
        ("pktmon counters", "pktmon/counters.json", { _ = try PktmonCounters(parsing: $0) }),
        (
            "performance counters", "perf/virtual-network-adapter-drop-reasons.tsv",
            { _ = PerfTable(parsing: $0) }
        ),
        ("hexadecimal text", "iphelper/interfaces.hex", { _ = HexText.bytes($0) }),
        ("pktmon components", "pktmon/components.json", { _ = try PktmonCounters(parsing: $0) }),
        (
            "rule counters", "vfp/rule-counters/0000000f-0000-4000-8000-000000000007.txt",
            { _ = try VFPRuleCounters(parsing: $0) }
        ),
        (
            "error records", "hns/globals/version.json",
            { _ = HCNErrorRecord(parsing: String(decoding: $0, as: UTF8.self)) }
        ),
    ]

    @Test(
        "no damaged answer ends the process, whichever decoder reads it",
        arguments: decoders.indices)
    func survivesAll(_ place: Int) throws {
        let decoder = Self.decoders[place]
        let seed = try Recording("server2022-calico-30-pods").bytes(decoder.file)
        try decoder.decode(seed)
        var dice = Dice(state: UInt64(place))
        for _ in 0..<max(200, 4_000_000 / max(seed.count, 2_000)) {
            try? decoder.decode(damage(seed, &dice))
        }
        // As JSON where it is text, and the other way round.
        for other in Self.decoders {
            try? decoder.decode(try Recording("server2022-calico-30-pods").bytes(other.file))
        }
    }

    @Test("VFP's JSON and rules survive damage")
    func survivesVFP() throws {
        var dice = Dice(state: 7)
        var refused = 0
        for seed in VFPDecodingTests.rules + VFPDecodingTests.lists + [VFPDecodingTests.json] {
            for _ in 0..<1_000 {
                let bytes = damage(Array(seed.utf8), &dice)
                _ = try? VFPPortList(parsing: bytes)
                _ = try? VFPRuleCounters(parsing: bytes)
                if (try? VFPPortCounters(parsing: bytes)) == nil { refused += 1 }
            }
        }
        #expect(refused > 1_000 && refused < 6_000)
    }

    @Test("documents of version 2 survive damage")
    func survivesVersion2() throws {
        let node = Recording("server2025-nat-hcn-only")
        var dice = Dice(state: 11)
        for file in try node.files(in: "hcn") where file.hasSuffix(".json") {
            let seed = try node.bytes(file)
            for _ in 0..<1_000 {
                guard let value = try? JSONValue(parsing: damage(seed, &dice)) else { continue }
                var unreadable = UnreadableValues()
                _ = HNSNetwork(value, noting: &unreadable)
                _ = HNSNamespace(value, noting: &unreadable)
                _ = HNSLoadBalancer(value, noting: &unreadable)
                _ = try? HNSEndpoint(
                    parsing: HNSFields(value, from: "fuzz"), noting: &unreadable)
            }
        }
    }

    @Test("whatever was recorded is scrubbed, and alike each time")
    func survivesScrubbing() throws {
        let node = Recording("server2022-calico-30-pods")
        var dice = Dice(state: 13)
        for file in [
            "hns/policylists.json", "vfp/ports.txt", "pktmon/counters.json",
            "perf/virtual-network-adapter-drop-reasons.tsv", "pktmon/stream.hex",
            "events/dns-client.hex", "iphelper/tcp-connections-v6.hex", "iphelper/interfaces.hex",
            "events/pktmon.hex",
        ] {
            let node = file == "events/pktmon.hex" ? Recording("server2019-flannel-overlay") : node

            var seed = try node.bytes(file)
            if file.hasSuffix(".hex") { seed = try #require(HexText.bytes(seed)) }
            for _ in 0..<max(20, 200_000 / max(seed.count, 1_000)) {
                let bytes = damage(seed, &dice)
                var scrubbers = [0, 1].map { _ in
                    NodeScrubber(hostNames: ["TCPIP"], hashesNames: false)
                }
                let once = scrubbers[0].scrub(bytes, of: file)
                #expect(scrubbers[1].scrub(bytes, of: file) == once)
                var hashing = NodeScrubber(hostNames: [], hashesNames: true)
                _ = hashing.scrub(bytes, of: file)
            }
        }
    }

    @Test("structs and records of any bytes are read or refused")
    func survivesBytes() throws {
        let node = Recording("server2022-calico-30-pods")
        var dice = Dice(state: 9)
        for file in [
            "pktmon/stream.hex", "events/dns-client.hex", "iphelper/tcp-connections-v6.hex",
        ] {
            let seed = try #require(HexText.bytes(try node.bytes(file)))
            for round in 0..<3_000 {
                var bytes = round % 3 == 0 ? [] : damage(seed, &dice)
                if round % 3 == 0 {
                    let size = Int.random(in: 0...1500, using: &dice)
                    bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &dice) }
                }
                _ = PacketRecords(parsing: bytes)
                _ = PacketRecords(events: bytes)
                for record in EventRecords(parsing: bytes).records { _ = DNSClientEvent(record) }
                _ = try? WindowsInterface.all(in: bytes)
                _ = try? WindowsInterface.all(in: Array(bytes.prefix(1352)))
                _ = try? WindowsTCPState.counts(in: bytes, of: .v4)
                _ = try? TCPStatistics(parsing: Array(bytes.prefix(round % 2 == 0 ? 60 : 72)))
                _ = try? UDPStatistics(parsing: Array(bytes.prefix(20)))
                _ = try? IPStatistics(parsing: Array(bytes.prefix(92)))
            }
        }
    }

    private static func fields(_ bytes: [UInt8]) throws -> HNSFields {
        try HNSFields(parsing: bytes, from: "GET /fuzz")
    }

    private static func documents<T: Sendable>(
        _ bytes: [UInt8], _ read: (JSONValue, inout UnreadableValues) -> T?
    ) throws -> HNSDocuments<T> {
        try HNSDocuments(parsing: fields(bytes), read)
    }

    private func damage(_ seed: [UInt8], _ dice: inout Dice) -> [UInt8] {
        var bytes = seed
        let telling = Array(#"{}[]",:\u-.eE0129tfn"#.utf8)
        for _ in 0..<Int.random(in: 1...3, using: &dice) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &dice)
            switch Int.random(in: 0..<6, using: &dice) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &dice)
            case 1: bytes[place] = telling[Int.random(in: 0..<telling.count, using: &dice)]
            case 2:
                bytes.insert(telling[Int.random(in: 0..<telling.count, using: &dice)], at: place)
            case 3: bytes.remove(at: place)
            case 4: bytes.removeSubrange(place...)
            default:
                let end = min(bytes.count, place + Int.random(in: 1...40, using: &dice))
                bytes.insert(
                    contentsOf: bytes[place..<end], at: Int.random(in: 0...place, using: &dice))
            }
        }
        return bytes
    }

    private func decodes(_ bytes: [UInt8]) -> Bool {
        guard let fields = try? HNSFields(parsing: bytes, from: "GET /fuzz") else { return false }
        let list = try? HNSEndpointList(parsing: fields)
        var unreadable = UnreadableValues()
        let stats = try? CounterRow<HNSCounter>(parsing: fields, noting: &unreadable)
        return list != nil || stats != nil
    }
}
