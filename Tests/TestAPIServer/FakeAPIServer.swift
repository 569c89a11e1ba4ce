import Foundation
import Hummingbird
import NIOCore
import Synchronization

/// An API server with just what list and watch need, and with everything that goes wrong with them on demand.
/// Objects are JSON texts without their resourceVersion, which it puts in.
package actor FakeAPIServer {
    struct Event {
        let version: Int
        let line: String
    }

    /// What it does otherwise than a healthy server.
    package struct Moods: Sendable {
        /// 1.32 and newer: a watch may begin with everything.
        package var streamsLists = true
        /// Refuse what the next requests ask, with these statuses.
        package var refusals: [Int] = []
        /// Paths that the role does not allow.
        package var forbidden: Set<String> = []
        /// Paths that are answered with another status than 200.
        package var troubled: [String: Int] = [:]
        /// Kinds that it does not have.
        package var missing: Set<String> = []
        /// End each watch after so many events.
        package var eventsPerWatch = Int.max
        /// Say each event twice.
        package var repeats = false
        /// Say nothing more to who watches, and leave the connection open.
        package var isMute = false
        /// Write a watch in pieces of so many bytes, one after the other.
        package var pieces = Int.max
    }

    package private(set) var requests: [String] = []
    /// Bodies of patches that were taken, by path.
    package private(set) var patches: [(path: String, body: String)] = []
    /// What was posted, in its order.
    package private(set) var reviewed: [(path: String, body: String)] = []
    /// Paths that users may get; a user's token is the user's name.
    private var users: [String: Set<String>] = [:]
    private var moods = Moods()
    private var version = 100
    /// Versions up to this one can no longer be gone on from.
    private var forgotten = 0
    private var objects: [String: [String: (body: String, version: Int)]] = [:]
    private var events: [String: [Event]] = [:]
    private var watchers: [String: [Int: AsyncStream<Event>.Continuation]] = [:]
    private var following: Set<Int> = []
    private var nextWatcher = 0
    private var proxied: [String: @Sendable () async -> (code: Int, text: String)] = [:]
    /// Nobody is kept waiting: a server that ends waits for its answers.
    private var isClosing = false

    package init() {}

    package func know(user: String, mayGet paths: Set<String>) { users[user] = paths }
    package func forget(user: String) { users[user] = nil }

    package func set(_ change: @Sendable (inout Moods) -> Void) { change(&moods) }

    /// Puts an object at a path such as /api/v1/pods, under a name.
    package func put(_ path: String, _ name: String, _ object: String) {
        version += 1
        let isNew = objects[path]?[name] == nil
        objects[path, default: [:]][name] = (object, version)
        emit(path, isNew ? "ADDED" : "MODIFIED", object)
    }

    /// Answers a path below a pod's `proxy` with what the pod says.
    package func proxy(
        _ path: String, to pod: @escaping @Sendable () async -> (code: Int, text: String)
    ) {
        proxied[path] = pod
    }

    package func delete(_ path: String, _ name: String) {
        guard let (object, _) = objects[path]?.removeValue(forKey: name) else { return }
        version += 1
        emit(path, "DELETED", object)
    }

    /// An object goes without a word, as it does for a watch that was away for long.
    package func deleteSilently(_ path: String, _ name: String) {
        objects[path]?[name] = nil
        version += 1
        forgotten = version
        events = [:]
    }

    /// Says a line as it is to all who watch.
    package func say(_ path: String, _ line: String) {
        for watcher in (watchers[path] ?? [:]).values {
            watcher.yield(Event(version: 0, line: line))
        }
    }

    package func bookmark(_ path: String) {
        version += 1
        say(path, #"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"\#(version)"}}}"#)
    }

    /// Breaks every watch off.
    package func disconnect() {
        for watcher in watchers.values.flatMap(\.values) { watcher.finish() }
        watchers = [:]
    }

    fileprivate func open() { isClosing = false }

    fileprivate func close() {
        isClosing = true
        disconnect()
    }

    /// What was before can no longer be gone on from, and watches are told so.
    package func forget() {
        forgotten = version
        events = [:]
        for path in watchers.keys {
            say(
                path,
                #"{"type":"ERROR","object":{"code":410,"reason":"Expired","message":"too old"}}"#)
        }
    }

    private func emit(_ path: String, _ type: String, _ object: String) {
        let event = Event(version: version, line: Self.line(type, object, version))
        events[path, default: []].append(event)
        if moods.isMute { return }
        for watcher in (watchers[path] ?? [:]).values {
            watcher.yield(event)
            if moods.repeats { watcher.yield(event) }
        }
    }

    private static func versioned(_ object: String, _ version: Int) -> String {
        object.replacing(
            #""metadata":{"#, with: #""metadata":{"resourceVersion":"\#(version)","#,
            maxReplacements: 1)
    }

    private static func line(_ type: String, _ object: String, _ version: Int) -> String {
        #"{"type":"\#(type)","object":\#(versioned(object, version))}"#
    }

    // MARK: Requests

    fileprivate enum Answer {
        case whole(Int, String)
        case watch(AsyncStream<Event>, limit: Int, pieces: Int, done: @Sendable () -> Void)
    }

    /// TokenReview and SubjectAccessReview. Everybody it knows is in the group scrapers.
    fileprivate func review(_ path: String, _ body: String) -> (code: Int, text: String) {
        reviewed.append((path, body))
        if let code = moods.troubled[path] {
            return (code, #"{"kind":"Status","code":\#(code),"reason":"Trouble"}"#)
        }
        func value(_ key: String) -> String {
            let parts = body.components(separatedBy: "\"\(key)\":\"")
            let text = parts.count == 2 ? String(parts[1].prefix { $0 != "\"" }) : ""
            return text.replacing("\\/", with: "/")
        }
        if path.hasSuffix("/tokenreviews") {
            let token = value("token")
            if users[token] == nil { return (201, #"{"spec":{},"status":{"error":"unknown"}}"#) }
            return (
                201,
                #"{"spec":{},"status":{"authenticated":true,"user":{"username":"\#(token)","groups":["scrapers"]}}}"#
            )
        }
        let isAllowed =
            value("verb") == "get" && users[value("user")]?.contains(value("path")) == true
        return (201, #"{"spec":{},"status":{"allowed":\#(isAllowed)}}"#)
    }

    private func answer(_ path: String, _ query: [String: String], _ uri: String) -> Answer {
        requests.append(uri)
        if !moods.refusals.isEmpty {
            let code = moods.refusals.removeFirst()
            return .whole(
                code, #"{"kind":"Status","code":\#(code),"reason":"Moody","message":"not now"}"#)
        }
        if moods.missing.contains(path) {
            return .whole(404, #"{"kind":"Status","code":404,"reason":"NotFound"}"#)
        }
        if moods.forbidden.contains(path) {
            return .whole(403, #"{"kind":"Status","code":403,"reason":"Forbidden"}"#)
        }
        if let code = moods.troubled[path] {
            return .whole(code, #"{"kind":"Status","code":\#(code),"reason":"Trouble"}"#)
        }
        guard query["watch"] == "true" else { return list(path, query) }
        if query["sendInitialEvents"] == "true" {
            guard moods.streamsLists else {
                return .whole(422, #"{"kind":"Status","code":422,"reason":"Invalid"}"#)
            }
            let initial = (objects[path] ?? [:]).values.map {
                Event(version: $0.version, line: Self.line("ADDED", $0.body, $0.version))
            }
            let end =
                #"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"\#(version)","annotations":{"k8s.io/initial-events-end":"true"}}}}"#
            return watch(path, initial + [Event(version: version, line: end)])
        }
        let since = query["resourceVersion"].flatMap { Int($0) } ?? 0
        if since < forgotten {
            return .whole(
                410, #"{"kind":"Status","code":410,"reason":"Expired","message":"too old"}"#)
        }
        following.insert(nextWatcher)
        return watch(path, (events[path] ?? []).filter { $0.version > since })
    }

    /// A merge patch of an object's status, refused where it is of another version.
    fileprivate func patch(_ path: String, _ body: String) -> (Int, String) {
        requests.append("PATCH \(path)")
        let parts = path.split(separator: "/").map(String.init)
        let kind = "/" + parts.dropLast(2).joined(separator: "/")
        guard parts.last == "status", let name = parts.dropLast().last,
            let (object, version) = objects[kind]?[name],
            let patch = Self.fields(body), var fields = Self.fields(object)
        else { return (404, #"{"kind":"Status","code":404,"reason":"NotFound"}"#) }
        if moods.forbidden.contains(path) {
            return (403, #"{"kind":"Status","code":403,"reason":"Forbidden"}"#)
        }
        let metadata = patch["metadata"] as? [String: Any]
        if let wanted = metadata?["resourceVersion"] as? String, wanted != "\(version)" {
            return (409, #"{"kind":"Status","code":409,"reason":"Conflict"}"#)
        }
        var status = fields["status"] as? [String: Any] ?? [:]
        for (key, value) in patch["status"] as? [String: Any] ?? [:] { status[key] = value }
        fields["status"] = status
        guard let bytes = try? JSONSerialization.data(withJSONObject: fields, options: .sortedKeys)
        else { return (400, "{}") }
        patches.append((path, body))
        put(kind, name, String(decoding: bytes, as: UTF8.self))
        return (200, "{}")
    }

    private static func fields(_ text: String) -> [String: Any]? {
        (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any]
    }

    /// A pod's own answer, where the role allows to ask it; the server's to everything else.
    fileprivate func reply(_ path: String, _ query: [String: String], _ uri: String) async -> Answer
    {
        guard !moods.forbidden.contains(path), let pod = proxied[path] else {
            return answer(path, query, uri)
        }
        requests.append(uri)
        let said = await pod()
        return .whole(said.code, said.text)
    }

    private func list(_ path: String, _ query: [String: String]) -> Answer {
        let all = (objects[path] ?? [:]).sorted { $0.key < $1.key }
        let start = query["continue"].flatMap { Int($0) } ?? 0
        let limit = query["limit"].flatMap { Int($0) } ?? all.count
        let page = all.dropFirst(start).prefix(limit)
        let more = start + page.count < all.count ? "\(start + page.count)" : ""
        let items = page.map { Self.versioned($0.value.body, $0.value.version) }
        return .whole(
            200,
            #"{"metadata":{"resourceVersion":"\#(version)","continue":"\#(more)"},"items":[\#(items.joined(separator: ","))]}"#
        )
    }

    private func watch(_ path: String, _ first: [Event]) -> Answer {
        let (stream, continuation) = AsyncStream.makeStream(of: Event.self)
        let number = nextWatcher
        nextWatcher += 1
        for event in first { continuation.yield(event) }
        if isClosing { continuation.finish() }
        watchers[path, default: [:]][number] = continuation
        return .watch(stream, limit: moods.eventsPerWatch, pieces: moods.pieces) {
            Task { await self.leave(path, number) }
        }
    }

    private func leave(_ path: String, _ number: Int) {
        watchers[path]?[number]?.finish()
        watchers[path]?[number] = nil
    }

    /// Whether somebody watches from a version on, and does not only begin to.
    package func isFollowed(_ path: String) -> Bool {
        watchers[path]?.keys.contains { following.contains($0) } ?? false
    }
}

extension FakeAPIServer {
    /// Where it was for a moment, and can be again.
    package nonisolated func freeURL() async throws -> String {
        let (urls, url) = AsyncStream.makeStream(of: String.self)
        try await serve { url.yield($0) }
        for await found in urls { return found }
        return ""
    }

    /// Serves on a port of loopback, any where none is given, while `body` runs.
    package nonisolated func serve(
        port wanted: Int = 0, _ body: (String) async throws -> Void
    ) async throws {
        let router = Router()
        router.get("**") { request, _ in
            let uri = "\(request.uri)"
            let query = Dictionary(
                request.uri.queryParameters.map { (String($0.key), String($0.value)) },
                uniquingKeysWith: { $1 })
            switch await self.reply(request.uri.path, query, uri) {
            case .whole(let code, let text):
                return Response(
                    status: .init(code: code), headers: [.contentType: "application/json"],
                    body: .init(byteBuffer: ByteBuffer(string: text)))
            case .watch(let events, let limit, let pieces, let done):
                let body = ResponseBody { writer in
                    defer { done() }
                    var said = 0
                    for await event in events {
                        // A client that has gone is no failure of the server's.
                        var line = ByteBuffer(string: event.line + "\n")
                        do {
                            while let piece = line.readSlice(
                                length: min(pieces, line.readableBytes)), piece.readableBytes > 0
                            {
                                try await writer.write(piece)
                            }
                        } catch { break }
                        said += 1
                        if said >= limit { break }
                    }
                    try await writer.finish(nil)
                }
                return Response(
                    status: .ok, headers: [.contentType: "application/json"], body: body)
            }
        }
        router.patch("**") { request, _ in
            let body = try await request.body.collect(upTo: 1 << 20)
            let (code, text) = await self.patch(request.uri.path, String(buffer: body))
            return Response(
                status: .init(code: code), headers: [.contentType: "application/json"],
                body: .init(byteBuffer: ByteBuffer(string: text)))
        }
        router.post("**") { request, _ in
            let body = String(buffer: try await request.body.collect(upTo: 1 << 20))
            let (code, text) = await self.review(request.uri.path, body)
            return Response(
                status: .init(code: code), headers: [.contentType: "application/json"],
                body: .init(byteBuffer: ByteBuffer(string: text)))
        }
        await open()
        try await TestServer.serve(router, port: wanted) {
            await self.close()
        } _: {
            try await body("http://127.0.0.1:\($0)")
        }
    }
}
