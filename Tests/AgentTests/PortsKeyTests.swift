import Testing

@testable import Agent

#if os(Linux)
    struct PortsKeyTests {
        @Test(
            "what is no list of one to eight different ports is refused",
            arguments: [
                "", "[]", "0", "65536", "-1", "53, 53", "dns", "1,2,3,4,5,6,7,8,9", "53,",
            ])
        func refused(_ text: String) {
            var configuration = Configuration()
            let problems = configuration.apply(assignment: "dns.ports=\(text)")
            // An empty item between commas is none.
            #expect(problems.isEmpty == (text == "53,"), "\(text)")
        }
    }
#endif
