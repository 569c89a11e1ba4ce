import CLibBPF
import Glibc
import Synchronization

/// One BPF object loaded into the kernel: its maps and programs, by name.
///
/// Unchecked because it owns libbpf's handle; the handle is only read after `init`, and file descriptors
/// may be used from any thread.
package final class LiveBPFProgram: @unchecked Sendable {
    package let name: String
    private let object: OpaquePointer

    /// Opens the object, lets `prepare` size maps and set knobs, and loads it.
    package init(_ source: BPFObject, prepare: (borrowing Unloaded) throws -> Void) throws {
        LibBPFLog.install()
        name = source.name
        let opened = source.bytes().withUnsafeBytes { bytes in
            source.name.withCString { name in
                withOptions(bpf_object_open_opts.self) { options in
                    options.pointee.object_name = name
                    return bpf_object__open_mem(bytes.baseAddress, bytes.count, options)
                }
            }
        }
        guard let opened else { throw SystemCallError("bpf_object__open", source.name) }
        object = opened  // closed by deinit from here on, also where this throws
        try prepare(Unloaded(object: opened, name: source.name))
        LibBPFLog.clear()
        let result = bpf_object__load(opened)
        if result != 0 {
            throw BPFLoadError(object: source.name, code: -result, log: LibBPFLog.text)
        }
    }

    deinit {
        bpf_object__close(object)
    }

    /// An object before it is loaded.
    package struct Unloaded: ~Copyable {
        let object: OpaquePointer
        let name: String

        package func resize(_ map: String, to entries: Int) throws {
            let result = bpf_map__set_max_entries(try find(map), UInt32(entries))
            if result != 0 { throw SystemCallError("bpf_map__set_max_entries", map, code: result) }
        }

        /// Makes the object use another one's map in place of its own of that name.
        package func share(_ map: BPFMap) throws {
            let result = bpf_map__reuse_fd(try find(map.name), map.descriptor)
            if result != 0 { throw SystemCallError("bpf_map__reuse_fd", map.name, code: result) }
        }

        /// Sets the object's knobs: the one constant it declares.
        package func set<Knobs: BitwiseCopyable>(_ knobs: Knobs) throws {
            let map = try find(".rodata")
            let result = withUnsafeBytes(of: knobs) {
                bpf_map__set_initial_value(map, $0.baseAddress, $0.count)
            }
            if result != 0 {
                throw SystemCallError("bpf_map__set_initial_value", name, code: result)
            }
        }

        private func find(_ map: String) throws -> OpaquePointer {
            var found = bpf_object__next_map(object, nil)
            while let candidate = found {
                if String(cString: bpf_map__name(candidate)).hasSuffix(map) { return candidate }
                found = bpf_object__next_map(object, candidate)
            }
            throw SystemCallError("bpf_object__find_map", "\(name).\(map)", code: ENOENT)
        }
    }

    package func map(_ map: String) throws -> BPFMap {
        guard let found = bpf_object__find_map_by_name(object, map) else {
            throw SystemCallError("bpf_object__find_map", "\(name).\(map)", code: ENOENT)
        }
        return BPFMap(
            name: map, descriptor: bpf_map__fd(found), keySize: Int(bpf_map__key_size(found)),
            valueSize: Int(bpf_map__value_size(found)), entries: Int(bpf_map__max_entries(found)))
    }

    package func program(_ program: String) throws -> Int32 {
        try bpf_program__fd(find(program))
    }

    /// Attaches a tracing program to what its section names, until the link goes.
    package func attachTracing(_ program: String) throws -> BPFLink {
        guard let link = bpf_program__attach(try find(program)) else {
            throw SystemCallError("bpf_program__attach", program)
        }
        return BPFLink(link)
    }

    package var maps: [BPFMap] {
        var all: [BPFMap] = []
        var next = bpf_object__next_map(object, nil)
        while let current = next {
            if let map = try? map(String(cString: bpf_map__name(current))) { all.append(map) }
            next = bpf_object__next_map(object, current)
        }
        return all
    }

    private func find(_ program: String) throws -> OpaquePointer {
        guard let found = bpf_object__find_program_by_name(object, program) else {
            throw SystemCallError("bpf_object__find_program", "\(name).\(program)", code: ENOENT)
        }
        return found
    }
}

/// A tracing attachment that ends with its owner. Unchecked: it owns libbpf's handle and never reads it.
package final class BPFLink: @unchecked Sendable {
    private let link: OpaquePointer
    init(_ link: OpaquePointer) { self.link = link }
    deinit { bpf_link__destroy(link) }
}

/// The kernel refused a program; `log` is what libbpf and the verifier said.
package struct BPFLoadError: Error, CustomStringConvertible {
    package let object: String
    package let code: Int32
    package let log: String

    package var description: String {
        let reason = String(cString: strerror(code))
        return code == EPERM
            ? "loading \(object): \(reason); needs the capabilities BPF, PERFMON and NET_ADMIN, or root"
            : "loading \(object): \(reason) (\(code))\(log.isEmpty ? "" : "\n" + log)"
    }
}

/// Keeps what libbpf says while an object is loaded, so that it is shown only when loading fails.
private enum LibBPFLog {
    private static let lines = Mutex<[String]>([])

    static var text: String { lines.withLock { $0.suffix(20).joined() } }

    static func clear() {
        lines.withLock { $0.removeAll() }
    }

    static func install() {
        _ = libbpf_set_print { level, format, arguments in
            guard level == LIBBPF_WARN, let format, let arguments else { return 0 }
            var line = [CChar](repeating: 0, count: 4096)
            vsnprintf(&line, line.count, format, arguments)
            let text = String(
                decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            LibBPFLog.lines.withLock { $0.append(text) }
            return 0
        }
    }
}
