// Swift's CRT module for Windows, as far as swift-log asks for it: these are macros in mingw-w64.
@_exported import WinSDK

public var stdout: UnsafeMutablePointer<FILE> { fatalError() }
public var stderr: UnsafeMutablePointer<FILE> { fatalError() }
