/// Which internet protocol; of a socket its own family, so IPv6 where it speaks IPv4 through mapped addresses.
package enum AddressFamily: String, ClosedLabel {
    case ipv4, ipv6
    package static var name: String { "family" }
}
