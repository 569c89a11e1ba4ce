/// What the Linux backend can be told.
package struct LinuxSettings: Sendable, Equatable {
    package var packets = true
    package var drops = true
    package var interfaces = true
    /// Bytes of kernel memory for the flow cache, all CPUs together.
    package var flowCacheBytes = 32 << 20
    package var spillEntries = 16_384
    package var endpoints = 512
    /// Use tcx links where the kernel has them; else, and otherwise, filters on a clsact qdisc.
    package var tcx = true
    /// Names of the uplinks; empty finds them.
    package var uplinks: [String] = []
    package var namespaceFolders = ["/run/netns", "/run/docker/netns"]

    package init() {}
}
