package import FoundationEssentials
package import Kubernetes

extension Finding {
    /// The API server as the agent would ask it. `now` is held against its clock.
    package static func ofCluster(
        _ access: ClusterAccess, now: () -> Date = { Date() }
    ) async -> [Finding] {
        let client: APIClient
        do {
            client = try APIClient(access, userAgent: "fovea-doctor/\(Configuration.version)")
        } catch {
            return [unreachable("\(error)")]
        }
        var findings: [Finding] = []
        do {
            let asked = now()
            let answer = try await client.open(
                "/version", accept: "application/json", timeout: .seconds(10))
            _ = try? await answer.body.collect(upTo: 1 << 20)
            findings.append(.ok("API server", access.server))
            let date = answer.headers.first(name: "Date")
            let server = date.flatMap { ServerDate.seconds($0) }
            findings.append(clock(server: server, asked: asked, answered: now()))
            for resource in ClusterFollower.resources {
                findings.append(await list(resource, client))
            }
        } catch {
            findings.append(unreachable("\(error)"))
        }
        await client.shutdown()
        return findings
    }

    private static func unreachable(_ problem: String) -> Finding {
        .fail(
            "API server", problem,
            meaning:
                "Endpoints have their namespaces' names, and no pod, workload or policy is known.",
            advice:
                "Look at kubernetes.kubeconfig or the service account, and the way to the server.")
    }

    private static func list(_ resource: Resource, _ client: APIClient) async -> Finding {
        do throws(APIError) {
            _ = try await client.get("\(resource.path)?limit=1", timeout: .seconds(10))
            return .ok("list \(resource.name)", "allowed")
        } catch {
            return .warn(
                "list \(resource.name)", "\(error)",
                meaning: "What \(resource.name) say is not in any name.",
                advice:
                    "The ClusterRole of the chart (rbac.create) allows to list and watch \(resource.name)."
            )
        }
    }

    /// HTTP dates have whole seconds, and the server wrote its own between question and answer.
    static func clock(server: Int?, asked: Date, answered: Date) -> Finding {
        guard let server else {
            return .warn(
                "clock", "the API server says no time", meaning: "It cannot be compared.",
                advice: "Look at it yourself.")
        }
        let earliest = Int(asked.timeIntervalSince1970.rounded()) - server
        let latest = Int(answered.timeIntervalSince1970.rounded()) - server
        if earliest <= 3, latest >= -3 { return .ok("clock", "that of the API server, within 3 s") }
        let skew = earliest > 3 ? earliest : latest
        return .warn(
            "clock", "\(abs(skew)) s \(skew > 0 ? "ahead of" : "behind") the API server",
            meaning: "Logs do not line up, and tokens and certificates may be refused.",
            advice: "Let the node follow a time server.")
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7), the form that servers must send.
enum ServerDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Seconds since 1970; nil for anything else.
    static func seconds(_ text: String) -> Int? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let day = Int(parts[1]),
            let month = months.firstIndex(of: String(parts[2])), let year = Int(parts[3]),
            (1...31).contains(day), (1970...9999).contains(year)
        else { return nil }
        let time = parts[4].split(separator: ":").compactMap { Int($0) }
        guard time.count == 3, (0...23).contains(time[0]), (0...59).contains(time[1]),
            (0...60).contains(time[2])
        else { return nil }
        // Days since 1970 of a year that begins in March, so that the leap day is its last.
        let shifted = month < 2 ? year - 1 : year
        let dayOfYear = (153 * ((month + 10) % 12) + 2) / 5 + day - 1
        let days = shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
        return days * 86_400 + time[0] * 3_600 + time[1] * 60 + time[2]
    }
}
