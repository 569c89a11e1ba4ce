#if !os(Windows)
    import Testing
    import WindowsBackend

    @Suite struct LiveHNSTests {
        @Test("off Windows the live call fails with E_NOTIMPL and makes nothing up")
        func pretendsNothing() {
            #expect(throws: HNSError("GET /endpoints/", .result(.notImplemented))) {
                try LiveHNS().call("GET", "/endpoints/")
            }
            #expect(WindowsBackend(.live, log: .silent).collectors.isEmpty)
        }
    }
#endif
