/// Asks the Host Network Service, version 1 of its API, and gives back what it said: UTF-8 JSON.
package protocol HNSTransport: Sendable {
    /// `path` as in `/endpoints/`. Blocks. Fails where the call fails; whether HNS did as asked is
    /// in the answer.
    func call(_ method: String, _ path: String) throws(HNSError) -> [UInt8]
}

extension HNSTransport {
    /// What HNS has at `path`, out of its envelope.
    func get(_ path: String) throws(HNSError) -> HNSFields {
        try HNSFields(parsing: call("GET", path), from: "GET \(path)")
    }
}
