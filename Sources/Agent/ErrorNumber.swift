#if os(Windows)
    import WinSDK
#else
    import Glibc
#endif

/// Numbers of errors that the agent explains.
enum ErrorNumber {
    /// Somebody else has the port.
    #if os(Windows)
        static let addressInUse = Int32(WSAEADDRINUSE)
    #else
        static let addressInUse = EADDRINUSE
    #endif
}
