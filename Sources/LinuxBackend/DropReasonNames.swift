import CLibBPF
import Glibc

/// The running kernel's names for `enum skb_drop_reason`, whose numbers shift from one kernel to the next.
package struct DropReasonNames: Sendable, Equatable {
    private let names: [UInt32: String]
    /// The reason that says nothing.
    package let notSpecified: UInt32

    /// `names` as in the kernel: `SKB_DROP_REASON_NO_SOCKET`.
    package init(kernelNames: [UInt32: String]) {
        names = kernelNames.mapValues { name in
            let prefix = "SKB_DROP_REASON_"
            return (name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name)
                .lowercased()
        }
        notSpecified = names.first { $0.value == "not_specified" }?.key ?? 0
    }

    /// False before Linux 5.17, where a drop has a place and no reason.
    package var isKnown: Bool { !names.isEmpty }

    /// Reasons of other parts of the kernel (mac80211, Open vSwitch) have their part in the upper half.
    package subscript(_ reason: UInt32) -> String {
        names[reason]
            ?? (reason >> 16 == 0
                ? "reason_\(reason)" : "subsystem_\(reason >> 16)_\(reason & 0xffff)")
    }

    /// Reads them from the running kernel's BTF; empty where it has no such enumeration.
    package static func live() throws -> DropReasonNames {
        guard let btf = btf__load_vmlinux_btf() else {
            throw SystemCallError("btf__load_vmlinux_btf")
        }
        defer { btf__free(btf) }
        let id = btf__find_by_name_kind(btf, "skb_drop_reason", UInt32(BTF_KIND_ENUM))
        guard id > 0, let type = btf__type_by_id(btf, UInt32(id)), let values = fovea_btf_enum(type)
        else {
            return DropReasonNames(kernelNames: [:])
        }
        var names: [UInt32: String] = [:]
        for place in 0..<Int(fovea_btf_vlen(type)) {
            if let name = btf__name_by_offset(btf, values[place].name_off) {
                names[UInt32(bitPattern: values[place].val)] = String(cString: name)
            }
        }
        return DropReasonNames(kernelNames: names)
    }
}
