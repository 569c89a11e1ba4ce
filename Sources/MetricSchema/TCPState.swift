/// State of a TCP socket (RFC 9293, section 3.3.2), by the names that netstat has for them.
package enum TCPState: String, ClosedLabel {
    case established
    case synSent = "syn_sent"
    case synReceived = "syn_received"
    case finWait1 = "fin_wait_1"
    case finWait2 = "fin_wait_2"
    case timeWait = "time_wait"
    case closed
    case closeWait = "close_wait"
    case lastAck = "last_ack"
    case listen, closing
    package static var name: String { "state" }
}
