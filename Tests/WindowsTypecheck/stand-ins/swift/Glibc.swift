// For Synchronization alone, whose interface is that of the toolchain for Linux.
public func _swift_stdlib_gettid() -> UInt32 { 0 }
