import Glibc

/// A call into the kernel or a C library that failed, and on what.
package struct SystemCallError: Error, CustomStringConvertible {
    package let call: String
    package let object: String
    package let code: Int32

    package init(_ call: String, _ object: String = "", code: Int32 = errno) {
        self.call = call
        self.object = object
        self.code = abs(code)
    }

    package var description: String {
        "\(call)(\(object)): \(String(cString: strerror(code))) (\(code))"
    }
}
