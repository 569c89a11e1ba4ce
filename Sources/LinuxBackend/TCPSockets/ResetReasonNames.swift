import KernelABI

/// The running kernel's names for `enum sk_rst_reason`, whose numbers shift from one kernel to the next.
package struct ResetReasonNames: Sendable, Equatable {
    private let names: [UInt32: String]

    /// `kernelNames` as in the kernel: `SK_RST_REASON_NO_SOCKET`; none before Linux 6.10.
    package init(kernelNames: [UInt32: String]) {
        names = kernelNames.mapValues { name in
            let prefix = "SK_RST_REASON_"
            return (name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name)
                .lowercased()
        }
    }

    /// A kernel without reasons specifies none.
    package subscript(_ reason: UInt32) -> String {
        if reason == TCP_RESET_REASONS - 1 { return "other" }
        return names[reason] ?? (reason == 0 ? "not_specified" : "reason_\(reason)")
    }
}
