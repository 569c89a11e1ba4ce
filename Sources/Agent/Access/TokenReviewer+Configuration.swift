import Foundation
import Kubernetes

extension Configuration {
    /// Who asks the API server about tokens, with the agent's own rights; nil where nobody is to. An error where there is no
    /// server to ask: then nobody could ever be let in.
    func tokenReviewer(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(AgentError) -> TokenReviewer? {
        if !access.reviewsTokens { return nil }
        let problem = "server.review-tokens needs a way to the API server"
        do {
            guard
                let way = try ClusterFollower.access(of: kubernetes, environment: environment)
            else {
                throw AgentError(
                    "\(problem): kubernetes.enabled, and a service account or kubernetes.kubeconfig"
                )
            }
            return TokenReviewer(try APIClient(way, userAgent: "fovea/\(Configuration.version)"))
        } catch let error as AgentError {
            throw error
        } catch {
            throw AgentError("\(problem): \(error)")
        }
    }
}
