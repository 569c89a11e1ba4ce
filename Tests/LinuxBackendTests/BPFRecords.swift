@testable import LinuxBackend

/// What the BPF programs' maps held on one kernel after the traffic of Tests/Fixtures/linux/record/records.py, byte for
/// byte.
struct BPFRecords {
    typealias Entry = (key: [UInt8], value: [UInt8])

    static let recordings = ["6.18"].map { Recording(kernel: $0) }

    /// Datagrams, connections and DNS messages, as there.
    static let (datagrams, datagrams6) = (30 as UInt64, 20 as UInt64)
    static let (filtered, filtered6, closed) = (12 as UInt64, 5 as UInt64, 7 as UInt64)
    static let (connections, declined) = (5 as UInt64, 3 as UInt64)
    static let (answered, nonexistent, unanswered) = (4 as UInt64, 2 as UInt64, 1 as UInt64)
    /// `packets.endpoints` of the recorded agent.
    static let endpoints = 16

    let cpus: Int
    private let maps: [String: [Entry]]

    init(_ recording: Recording) throws {
        var cpus = 0
        var maps: [String: [Entry]] = [:]
        var (name, size) = ("", 0)
        for line in String(decoding: try recording.file("bpf/records"), as: UTF8.self)
            .split(separator: "\n")
        {
            let words = line.split(separator: " ").map(String.init)
            switch words[0] {
            case "cpus": cpus = Int(words[1]) ?? 0
            case "map":
                name = words[1]
                size = Int(words[3].drop { $0 != "=" }.dropFirst()) ?? 0
                maps[name] = []
            default:
                let (key, bytes) = (Self.bytes(words[0]), Self.bytes(words[2]))
                let offset = Int(words[1]) ?? 0
                if maps[name]?.last?.key != key {
                    maps[name]?.append((key, Array(repeating: 0, count: size)))
                }
                guard let last = maps[name]?.indices.last else { continue }
                // A ring's records are as long as they are.
                let missing = offset + bytes.count - (maps[name]?[last].value.count ?? 0)
                if missing > 0 { maps[name]?[last].value += Array(repeating: 0, count: missing) }
                maps[name]?[last].value.replaceSubrange(offset..<offset + bytes.count, with: bytes)
            }
        }
        self.cpus = cpus
        self.maps = maps
    }

    func entries(_ map: String) -> [Entry] { maps[map] ?? [] }

    /// The entry of an array; noughts where nothing was counted.
    func value<Value: BitwiseCopyable>(_ map: String, _ place: Int, as type: Value.Type) -> Value? {
        let key = withUnsafeBytes(of: UInt32(place).littleEndian) { Array($0) }
        let zeros = [UInt8](repeating: 0, count: MemoryLayout<Value>.size)
        let bytes = entries(map).first { $0.key == key }?.value ?? zeros
        return bytes.count < zeros.count ? nil : Self.load(bytes, as: type)
    }

    static func load<Value: BitwiseCopyable>(
        _ bytes: [UInt8], at offset: Int = 0, as type: Value.Type
    ) -> Value {
        bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: type) }
    }

    private static func bytes(_ digits: String) -> [UInt8] {
        let digits = digits.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count - 1, by: 2).map {
            UInt8(digits[$0] << 4 | digits[$0 + 1])
        }
    }
}
