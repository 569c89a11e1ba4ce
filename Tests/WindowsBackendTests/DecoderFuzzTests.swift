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
