/// The version that everything built from these sources says of itself.
package enum Release {
    package static let version = "0.1.0"
}
