#if os(Windows)
    import WinSDK
#else
    import Glibc
#endif

/// Standard output, where somebody looks at it.
enum Terminal {
    #if os(Windows)
        static var isThere: Bool {
            GetFileType(GetStdHandle(STD_OUTPUT_HANDLE)) == DWORD(FILE_TYPE_CHAR)
        }

        static func write(_ text: String) {
            var text = text
            var written: DWORD = 0
            text.withUTF8 {
                let handle = GetStdHandle(STD_OUTPUT_HANDLE)
                _ = WriteFile(handle, $0.baseAddress, DWORD($0.count), &written, nil)
            }
        }
    #else
        static var isThere: Bool { isatty(STDOUT_FILENO) == 1 }

        static func write(_ text: String) {
            var text = text
            text.withUTF8 { _ = Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
        }
    #endif
}
