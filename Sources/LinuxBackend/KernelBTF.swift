import CLibBPF
import Glibc

/// What the running kernel says of its own types. Reading it takes megabytes until it is let go.
package struct KernelBTF: ~Copyable {
    private let types: OpaquePointer

    package init() throws {
        guard access("/sys/kernel/btf/vmlinux", R_OK) == 0 else { throw MissingBTF() }
        guard let types = btf__load_vmlinux_btf() else {
            throw SystemCallError("btf__load_vmlinux_btf")
        }
        self.types = types
    }

    deinit {
        btf__free(types)
    }

    /// An enumeration's names by their numbers; empty where this kernel has no such enumeration.
    package func enumeration(_ name: String) -> [UInt32: String] {
        let id = btf__find_by_name_kind(types, name, UInt32(BTF_KIND_ENUM))
        guard id > 0, let type = btf__type_by_id(types, UInt32(id)),
            let values = fovea_btf_enum(type)
        else {
            return [:]
        }
        var names: [UInt32: String] = [:]
        for place in 0..<Int(fovea_btf_vlen(type)) {
            if let name = btf__name_by_offset(types, values[place].name_off) {
                names[UInt32(bitPattern: values[place].val)] = String(cString: name)
            }
        }
        return names
    }

    /// How many arguments a tracepoint has; nil where this kernel has no such tracepoint.
    package func arguments(ofTracepoint name: String) -> Int? {
        let id = btf__find_by_name_kind(types, "btf_trace_\(name)", UInt32(BTF_KIND_TYPEDEF))
        guard id > 0, let alias = btf__type_by_id(types, UInt32(id)),
            let pointer = btf__type_by_id(types, alias.pointee.type),
            let function = btf__type_by_id(types, pointer.pointee.type)
        else {
            return nil
        }
        // The first is the tracepoint's own data.
        return Int(fovea_btf_vlen(function)) - 1
    }
}

/// The kernel cannot describe its own types.
private struct MissingBTF: Error, CustomStringConvertible {
    var description: String {
        "no /sys/kernel/btf/vmlinux: needs a kernel built with CONFIG_DEBUG_INFO_BTF"
    }
}
