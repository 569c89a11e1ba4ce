/// Reads performance counters by their English names (pdh.dll) and gives back UTF-8 text, a line for
/// each instance and counter:
///
///     instance TAB counter TAB raw value LF
///
/// The raw value is what Windows keeps: for a counter called "…/sec" the total since start. A counter
/// that this system does not have is a line without an instance and with the code in place of the
/// value: `TAB counter TAB 0xC0000BB9`. Tabs and line ends within an instance's name are spaces.
package protocol PerfTransport: Sendable {
    func read(_ set: PerfSet) throws(WindowsCallError) -> [UInt8]
}
