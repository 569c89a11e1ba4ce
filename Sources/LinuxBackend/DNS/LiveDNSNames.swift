import CLibBPF
import MetricSchema
import Synchronization

/// Reads the ring of names. Nothing wakes it: its owner calls it often enough.
final class LiveDNSNames: Sendable {
    private let state: Mutex<State>

    private struct Asker: Hashable {
        let endpoint: UInt16
        let role: DNSRole
    }

    /// What the ring's callback adds to; reached only with the lock held.
    private final class Tables {
        let limit: Int
        var all: [Asker: DNSNameTable] = [:]
        /// Records the program should never have written.
        var undecoded: UInt64 = 0

        init(limit: Int) { self.limit = limit }

        func add(_ record: DNSNameRecord) {
            all[
                Asker(endpoint: record.endpoint, role: record.role),
                default: DNSNameTable(limit: limit)
            ].add(record.name, code: record.code)
        }
    }

    private struct State: ~Copyable {
        let ring: OpaquePointer
        let tables: Tables
        var turned = ContinuousClock.now

        deinit { ring_buffer__free(ring) }
    }

    init(_ map: BPFMap, limit: Int) throws {
        let tables = Tables(limit: limit)
        let ring = ring_buffer__new(
            map.descriptor,
            { context, data, size in
                guard let context, let data else { return 0 }
                let bytes = [UInt8](UnsafeRawBufferPointer(start: data, count: size))
                let tables = Unmanaged<Tables>.fromOpaque(context).takeUnretainedValue()
                if let record = try? DNSNameRecord(parsing: bytes) {
                    tables.add(record)
                } else {
                    tables.undecoded += 1
                }
                return 0
            }, Unmanaged.passUnretained(tables).toOpaque(), nil)
        guard let ring else { throw SystemCallError("ring_buffer__new", map.name) }
        state = Mutex(State(ring: ring, tables: tables))
    }

    func read() throws {
        try state.withLock { state in
            let result = ring_buffer__consume(state.ring)
            if result < 0 {
                throw SystemCallError("ring_buffer__consume", "dns_names", code: result)
            }
            guard state.turned.duration(to: .now) > Self.turn else { return }
            state.turned = .now
            for asker in state.tables.all.keys { state.tables.all[asker]?.turn() }
        }
    }

    private static let turn = Duration.seconds(60)

    func table(of endpoint: UInt16, _ role: DNSRole) -> DNSNameTable? {
        state.withLock { $0.tables.all[Asker(endpoint: endpoint, role: role)] }
    }

    var undecoded: UInt64 { state.withLock { $0.tables.undecoded } }

    func forget(_ endpoint: UInt16) {
        state.withLock { state in
            for role in DNSRole.allCases {
                state.tables.all[Asker(endpoint: endpoint, role: role)] = nil
            }
        }
    }
}
