import CLibBPF
import Glibc

/// Hangs the packet program on an interface, both ways, in front of what others hung there.
package struct LiveTrafficControl: Sendable {
    /// Marks our filters among others' on a clsact qdisc.
    static let handle: UInt32 = 0xf0ea

    let ingress: Int32
    let egress: Int32
    /// Links owned by this process (Linux 6.6); otherwise filters on a clsact qdisc, which stay when the
    /// process is killed and are cleared away by the next.
    package let usesTCX: Bool

    package init(_ program: LivePacketProgram, tcx: Bool) {
        ingress = program.ingress
        egress = program.egress
        usesTCX = tcx && Self.kernelHasTCX(program.ingress)
    }

    package func attach(_ ifindex: UInt32) throws -> Attachment {
        usesTCX ? try attachLinks(ifindex) : try attachFilters(ifindex)
    }

    /// Asks for a link on an interface that cannot exist: a kernel with tcx says so, one without does not
    /// know the request.
    private static func kernelHasTCX(_ program: Int32) -> Bool {
        let result = bpf_link_create(
            program, Int32.max, bpf_attach_type(UInt32(FOVEA_TCX_INGRESS)), nil)
        return result == -ENODEV
    }

    private func attachLinks(_ ifindex: UInt32) throws -> Attachment {
        func link(_ program: Int32, _ hook: UInt32) throws -> Int32 {
            let link = withOptions(bpf_link_create_opts.self) { options in
                options.pointee.flags = UInt32(FOVEA_LINK_BEFORE)
                return bpf_link_create(program, Int32(ifindex), bpf_attach_type(hook), options)
            }
            if link < 0 {
                throw SystemCallError("bpf_link_create", "ifindex \(ifindex)", code: link)
            }
            return link
        }
        let first = try link(ingress, UInt32(FOVEA_TCX_INGRESS))
        do {
            return .links(first, try link(egress, UInt32(FOVEA_TCX_EGRESS)))
        } catch {
            close(first)
            throw error
        }
    }

    private func attachFilters(_ ifindex: UInt32) throws -> Attachment {
        let wasOnlyOurs = Self.clearFilters(of: ifindex)
        let created = Self.withHook(ifindex, .ingress) { bpf_tc_hook_create($0) }
        if created != 0, created != -EEXIST {
            throw SystemCallError("bpf_tc_hook_create", "ifindex \(ifindex)", code: created)
        }
        let first = try filter(ingress, on: ifindex, .ingress)
        do {
            return .filters(
                ingressPriority: first, egressPriority: try filter(egress, on: ifindex, .egress),
                ownsQdisc: created == 0 || wasOnlyOurs)
        } catch {
            Self.detachFilter(ifindex, .ingress, priority: first)
            throw error
        }
    }

    /// Returns its priority: in front of everything, or where another kind of filter has that place already,
    /// behind it; packets that filter ends are not counted then.
    private func filter(
        _ program: Int32, on ifindex: UInt32, _ point: TrafficFilter.Hook
    ) throws -> UInt32 {
        try Self.withHook(ifindex, point) { hook in
            var result: Int32 = 0
            for priority: UInt32 in [1, 0] {
                let attached: UInt32? = withOptions(bpf_tc_opts.self) { options in
                    options.pointee.prog_fd = program
                    options.pointee.handle = Self.handle
                    options.pointee.priority = priority
                    result = bpf_tc_attach(hook, options)
                    return result == 0 ? options.pointee.priority : nil
                }
                if let attached { return attached }
            }
            throw SystemCallError("bpf_tc_attach", "ifindex \(ifindex)", code: result)
        }
    }

    /// Takes away what an agent left that was killed. True where that was all there was.
    private static func clearFilters(of ifindex: UInt32) -> Bool {
        guard let netlink = try? LiveNetlink() else { return false }
        var found = false
        var others = false
        for hook in TrafficFilter.Hook.allCases {
            for filter in (try? netlink.filters(on: ifindex, hook)) ?? [] {
                if filter.handle == handle, filter.program.hasPrefix("fovea_") {
                    detachFilter(ifindex, hook, priority: filter.priority)
                    found = true
                } else {
                    others = true
                }
            }
        }
        return found && !others
    }

    private static func withHook<Result>(
        _ ifindex: UInt32, _ points: TrafficFilter.Hook...,
        body: (UnsafeMutablePointer<bpf_tc_hook>) throws -> Result
    ) rethrows -> Result {
        try withOptions(bpf_tc_hook.self) { hook in
            hook.pointee.ifindex = Int32(bitPattern: ifindex)
            let bits = points.map { ($0 == .ingress ? BPF_TC_INGRESS : BPF_TC_EGRESS).rawValue }
            hook.pointee.attach_point = bpf_tc_attach_point(bits.reduce(0, |))
            return try body(hook)
        }
    }

    /// A filter that is not there any more, with its device or by somebody's hand, is as good as detached.
    fileprivate static func detachFilter(
        _ ifindex: UInt32, _ point: TrafficFilter.Hook, priority: UInt32
    ) {
        withHook(ifindex, point) { hook in
            withOptions(bpf_tc_opts.self) { options in
                options.pointee.handle = handle
                options.pointee.priority = priority
                _ = bpf_tc_detach(hook, options)
            }
        }
    }

    fileprivate static func removeQdiscIfUnused(_ ifindex: UInt32) {
        guard let netlink = try? LiveNetlink() else { return }
        for point in TrafficFilter.Hook.allCases {
            guard let left = try? netlink.filters(on: ifindex, point), left.isEmpty else { return }
        }
        _ = withHook(ifindex, .ingress, .egress) { bpf_tc_hook_destroy($0) }
    }
}

/// The packet program on one interface.
package enum Attachment: Sendable {
    /// File descriptors of two tcx links.
    case links(Int32, Int32)
    case filters(ingressPriority: UInt32, egressPriority: UInt32, ownsQdisc: Bool)

    /// False where the device went, though another may have its ifindex by now.
    package var isAlive: Bool {
        guard case .links(let link, _) = self else { return true }
        // struct bpf_link_info: type, id, program, then tcx.ifindex, which reads 0 without a device.
        var info = [UInt32](repeating: 0, count: 64)
        var size = UInt32(MemoryLayout<bpf_link_info>.size)
        return bpf_obj_get_info_by_fd(link, &info, &size) != 0 || info[4] != 0
    }

    /// Takes away what was attached and nothing else: the clsact qdisc only if we made it and no filter of
    /// anybody else is on it by now.
    package func detach(from ifindex: UInt32) {
        switch self {
        case .links(let first, let second):
            close(first)
            close(second)
        case .filters(let ingress, let egress, let ownsQdisc):
            LiveTrafficControl.detachFilter(ifindex, .ingress, priority: ingress)
            LiveTrafficControl.detachFilter(ifindex, .egress, priority: egress)
            if ownsQdisc { LiveTrafficControl.removeQdiscIfUnused(ifindex) }
        }
    }
}
