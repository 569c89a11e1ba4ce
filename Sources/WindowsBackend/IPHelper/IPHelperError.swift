/// Bytes that are not the rows that were asked for.
package struct IPHelperError: Error, Equatable, CustomStringConvertible {
    package let structure: String
    package let size: Int

    package var description: String { "\(structure): \(size) bytes are not whole rows" }
}
