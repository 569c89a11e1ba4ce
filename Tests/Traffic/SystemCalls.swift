import Glibc

/// One element of the vectors which sendmmsg and recvmmsg take (`struct mmsghdr`).
struct MultiMessage {
    var header = msghdr()
    var length: UInt32 = 0
}

/// The GNU extensions of glibc which the Glibc module does not import, found by name.
enum SystemCalls {
    typealias SendMany =
        @convention(c) (Int32, UnsafeMutableRawPointer?, UInt32, Int32) -> Int32
    typealias ReceiveMany =
        @convention(c) (
            Int32, UnsafeMutableRawPointer?, UInt32, Int32, UnsafeMutablePointer<timespec>?
        ) -> Int32
    private typealias ErrorName = @convention(c) (Int32) -> UnsafePointer<CChar>?

    static func sendMany() throws(SystemError) -> SendMany {
        unsafeBitCast(try address(of: "sendmmsg"), to: SendMany.self)
    }

    static func receiveMany() throws(SystemError) -> ReceiveMany {
        unsafeBitCast(try address(of: "recvmmsg"), to: ReceiveMany.self)
    }

    /// The symbolic name of an errno, such as `ENOBUFS`.
    static func errorName(_ code: Int32) -> String {
        guard let symbol = dlsym(nil, "strerrorname_np"),
            let name = unsafeBitCast(symbol, to: ErrorName.self)(code)
        else { return "errno \(code)" }
        return String(cString: name)
    }

    private static func address(of name: String) throws(SystemError) -> UnsafeMutableRawPointer {
        guard let symbol = dlsym(nil, name) else { throw SystemError(name, code: ENOSYS) }
        return symbol
    }
}
