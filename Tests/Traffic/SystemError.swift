import Glibc

/// A failed system call, named together with its errno.
struct SystemError: Error, Equatable, CustomStringConvertible {
    let call: String
    let code: Int32

    init(_ call: String, code: Int32 = errno) {
        self.call = call
        self.code = code
    }

    var description: String {
        "\(call): \(SystemCalls.errorName(code))"
    }
}
