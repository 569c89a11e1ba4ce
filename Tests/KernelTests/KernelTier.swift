import Glibc
import Testing

/// Tests against the running kernel, one after another: they share its interfaces. They need root, for
/// namespaces and BPF programs, and say so where they have not.
@Suite(.serialized, .enabled(if: geteuid() == 0, "needs root: namespaces and BPF programs"))
struct KernelTier {}
