/// What the Linux backend can be told.
package struct LinuxSettings: Sendable, Equatable {
    package var packets = true
    package var drops = true
    package var interfaces = true
    package var stack = true
    /// Enter endpoints' network namespaces for what can be read only inside.
    package var entersNamespaces = true
    /// Seconds after which an endpoint's namespace is read again.
    package var readingInterval = 10
    /// Milliseconds that one collector may read endpoints' namespaces for in one scrape.
    package var readingBudget = 200
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
