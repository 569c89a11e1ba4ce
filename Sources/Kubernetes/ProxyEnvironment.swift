import Observability

/// Which proxy the environment names for a server: `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, or these in lower case, as
/// kubectl and all of Kubernetes' own programs take them (golang.org/x/net/http/httpproxy).
package struct ProxyEnvironment: Sendable {
    private let variables: [String: String]

    package init(_ variables: [String: String]) {
        self.variables = variables
    }

    /// Nil where the server is asked directly, as loopback always is. `server` is a URL.
    package func proxy(for server: String) -> String? {
        let parts = server.split(separator: "/", maxSplits: 2)
        guard parts.count > 1 else { return nil }
        let (host, port) = Self.split(parts[1])
        guard let proxy = value(parts[0] == "https:" ? "https_proxy" : "http_proxy"),
            !goesDirectly(host, port ?? (parts[0] == "https:" ? "443" : "80"))
        else { return nil }
        return proxy.contains("://") ? proxy : "http://" + proxy
    }

    private func value(_ name: String) -> String? {
        let text = variables[name] ?? variables[name.uppercased()] ?? ""
        return text.isEmpty ? nil : text
    }

    private func goesDirectly(_ host: String, _ port: String) -> Bool {
        let address = IPAddress(host)
        if host == "localhost" || address.map(Self.isLoopback) == true { return true }
        return (value("no_proxy") ?? "").split { $0 == "," || $0 == " " }.contains { entry in
            if entry == "*" { return true }
            if let range = AddressRange(masking: entry) {
                return address.map(range.contains) ?? false
            }
            let (name, only) = Self.split(entry)
            if let only, only != port { return false }
            if let address { return IPAddress(name) == address }
            // `.example.com` is what is below it, `example.com` itself as well.
            let suffix = name.hasPrefix(".") ? name : "." + name
            return host.hasSuffix(suffix) || host == name
        }
    }

    private static func isLoopback(_ address: IPAddress) -> Bool {
        address.isV4
            ? address.prefix(96 + 8) == IPAddress(v4: 127 << 24)
            : address.low == 1 && address.high == 0
    }

    /// `host`, `host:port`, `[address]:port` or a bare IPv6 address; the host in lower case.
    private static func split(_ text: some StringProtocol) -> (host: String, port: String?) {
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            let rest = text[end...].dropFirst()
            return (
                text[text.startIndex..<end].dropFirst().lowercased(),
                rest.hasPrefix(":") ? String(rest.dropFirst()) : nil
            )
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count == 2 { return (parts[0].lowercased(), String(parts[1])) }
        return (text.lowercased(), nil)
    }
}

extension ClusterAccess {
    /// The same by way of the environment's proxy, unless it names one of its own.
    package func through(_ environment: ProxyEnvironment) -> ClusterAccess {
        var access = self
        access.proxy = proxy ?? environment.proxy(for: server)
        return access
    }
}
