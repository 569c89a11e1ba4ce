#!/usr/bin/env bash
# What the running agent costs a host, measured in one run: throughput with and without it in paired alternation,
# nanoseconds per packet in the kernel beside an empty program, memory, CPU, and the time to the first scrape.
set -euo pipefail
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin

usage() {
    cat <<'USAGE'
Usage: in-situ.sh [--quick] [--bin DIR] [--port N] [--parts LIST]

Joins the network namespaces fvb-a and fvb-b by a bridge, sends traffic between them, and prints what the
agent costs as plain tables; progress goes to standard error. Removes everything it made. Needs root.

  --quick       3 rounds of 2 seconds, not 7 of 5; below 3 minutes, not 12
  --bin DIR     where fovea and traffic are; default .build/release
  --port N      the agent's port; default 10193
  --parts LIST  only some of: throughput cost memory start; default all
  -h, --help    this text

Examples:
  sudo Tests/Benchmarks/in-situ.sh
  sudo Tests/Benchmarks/in-situ.sh --quick --bin /tmp/fovea/bin
  sudo Tests/Benchmarks/in-situ.sh --parts "cost memory" 2>/dev/null

Exit status: 0 measured, 1 could not, 64 bad arguments.
USAGE
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here
readonly lock=/run/fovea-bench.lock bridge=fvb-br stats=/proc/sys/kernel/bpf_stats_enabled
readonly address_a=198.18.7.1 address_b=198.18.7.2 # of the block for benchmarks
readonly mac_a=02:00:5e:18:07:01 mac_b=02:00:5e:18:07:02
readonly udp_port=9000 stream_port=7000 churn_port=7100 churn_ports=32
readonly forever=1000000000000
bin=$here/../../.build/release port=10193 parts='throughput cost memory start'
rounds=7 seconds=5 phase_seconds=10 starts=5 limit=720
owned='' work='' agent='' load='' stats_before='' value=''

die() { printf 'in-situ.sh: %s\n' "$*" >&2; exit 1; }
bad_argument() { printf 'in-situ.sh: %s (see --help)\n' "$*" >&2; exit 64; }
warn() { printf 'WARNING: %s\n' "$*"; }
progress() { printf 'in-situ.sh: %4d s: %s\n' "$SECONDS" "$*" >&2; }
in_time() { ((SECONDS < limit)) || die "not done after $limit s"; }

# --- The machine --------------------------------------------------------------------------------------

parse_arguments() {
    local part
    while (($#)); do
        case $1 in
            -h | --help) usage; exit 0 ;;
            --quick) rounds=3 seconds=2 phase_seconds=5 limit=180 ;;
            --bin | --port | --parts)
                (($# > 1)) || bad_argument "$1 needs a value"
                printf -v "${1#--}" %s "$2"
                shift ;;
            *) bad_argument "unknown argument $1" ;;
        esac
        shift
    done
    [[ $port =~ ^[1-9][0-9]{0,4}$ ]] || bad_argument "--port $port: not a port"
    for part in $parts; do
        [[ $part =~ ^(throughput|cost|memory|start)$ ]] || bad_argument "--parts: there is no $part"
    done
}

check_machine() {
    local tool
    [[ $(uname -s) == Linux ]] || die 'needs Linux'
    ((EUID == 0)) || die 'needs root, to make namespaces and load BPF programs'
    [[ -x $bin/fovea && -x $bin/traffic ]] || die "no fovea and traffic in $bin; run: make build"
    for tool in ip bridge tc bpftool curl taskset setpriv flock clang; do
        command -v "$tool" >/dev/null || die "needs $tool; run: make setup"
    done
}

facts() {
    local load_now
    read -r load_now _ </proc/loadavg
    printf '%-10s %s\n' fovea "$("$work/fovea" --version)" kernel "$(uname -r)" \
        CPUs "$(nproc) x $(sed -n 's/^model name.*: //p' /proc/cpuinfo | uniq | head -n 1)" \
        load "$(cut -d ' ' -f 1-3 /proc/loadavg)" date "$(date -u +%FT%RZ)" rounds "$rounds of $seconds s"
    if awk -v load="$load_now" 'BEGIN { exit !(load > 0.7) }'; then
        warn "the load average is $load_now: other work is running, and the numbers are noise"
    fi
    # awk reads to the end, lest a broken pipe count as failure.
    if bpftool prog show | awk '/name fovea_(ingress|egress) / { found = 1 } END { exit !found }'; then
        warn 'another agent is counting on this machine, with "none" as well'
    fi
    [[ $(cat $stats) == 0 ]] || warn 'kernel.bpf_stats_enabled is on already, and slows every BPF program'
}

# --- The two namespaces -------------------------------------------------------------------------------

# The lock file names the folder of the run, so that the next one can remove what a killed one left.
take_lock() {
    local before=none
    [[ ! -e $lock ]] || before=$(cat "$lock")
    exec 9<>"$lock"
    flock --nonblock 9 || die 'a benchmark is running already'
    if [[ $before == none ]] && exists; then
        rm -f "$lock"
        die "fvb-a, fvb-b or $bridge is there already and is not a benchmark's"
    fi
    owned=1
    remove_network
    [[ $before != /tmp/fvb.* ]] || rm -rf "$before"
    work=$(mktemp -d /tmp/fvb.XXXXXX)
    echo "$work" >"$lock"
}

exists() { [[ -e /run/netns/fvb-a || -e /run/netns/fvb-b ]] || ip link show $bridge &>/dev/null; }

join() { # NAMESPACE MAC ADDRESS PEER_MAC PEER_ADDRESS
    ip netns add "$1"
    ip link add "${1}0" type veth peer name eth0 netns "$1"
    # Nothing but the traffic under measure.
    ip netns exec "$1" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6' 2>/dev/null || true
    ip -n "$1" link set eth0 address "$2"
    ip -n "$1" address add "$3/24" dev eth0
    ip -n "$1" link set lo up
    ip -n "$1" link set eth0 up
    ip link set "${1}0" master $bridge up
    # Neither resolving nor flooding, however long a direction is silent.
    ip -n "$1" neighbour add "$5" lladdr "$4" dev eth0 nud permanent
    bridge fdb add "$2" dev "${1}0" master static
}

make_network() {
    ip link add $bridge type bridge stp_state 0 mcast_snooping 0
    echo 1 2>/dev/null >/proc/sys/net/ipv6/conf/$bridge/disable_ipv6 || true
    ip link set $bridge up
    join fvb-a $mac_a $address_a $mac_b $address_b
    join fvb-b $mac_b $address_b $mac_a $address_a
    # A full TIME-WAIT table would turn closing connections into resets halfway through a run.
    ip netns exec fvb-a sh -c \
        'cd /proc/sys/net/ipv4 && echo 2000000 >tcp_max_tw_buckets && echo 1 >tcp_tw_reuse'
}

remove_network() {
    local namespace link pids try
    for namespace in fvb-a fvb-b; do
        [[ -e /run/netns/$namespace ]] || continue
        for try in TERM TERM KILL; do
            pids=$(ip netns pids $namespace)
            [[ $pids ]] || break
            # shellcheck disable=SC2086 # a list of process ids
            kill -s $try $pids 2>/dev/null || true
            sleep 0.2
        done
        ip netns delete $namespace
    done
    # A veth lives on for a moment after its namespace.
    for link in fvb-a0 fvb-b0 $bridge; do ip link delete "$link" 2>/dev/null || true; done
}

# Two programs for tc: `empty` passes a packet on, `take` makes it vanish without a drop.
compile_programs() {
    cat >"$work/programs.c" <<'C'
__attribute__((section("empty"))) int fvb_empty(void *packet) { return -1; /* TC_ACT_UNSPEC */ }
__attribute__((section("take"))) int fvb_take(void *packet) { return 4; /* TC_ACT_STOLEN */ }
__attribute__((section("license"))) char _license[] = "GPL";
C
    clang -target bpf -O2 -c "$work/programs.c" -o "$work/programs.o"
}

# --- Traffic ------------------------------------------------------------------------------------------

# Sender and receiver each stay on a CPU, so that the scheduler's choices are no part of the noise. The
# agent goes where the scheduler puts it.
traffic() { # NAMESPACE CPU ARGUMENT...: in the background, as $load
    local namespace=$1 cpu=$2
    shift 2
    ip netns exec "$namespace" setpriv --pdeathsig KILL taskset -c "$cpu" \
        "$work/traffic" "$@" >"$work/$1.out" 2>"$work/$1.err" 9>&- &
    load=$!
}
from_a() { traffic fvb-a $(($(nproc) - 1)) "$@"; }
from_b() { traffic fvb-b $(($(nproc) > 1 ? $(nproc) - 2 : 0)) "$@"; }

# Waits for what `from_a` started; running out of --timeout is how udp-send ends after so many seconds.
finish() { # COMMAND
    local status=0
    wait "$load" || status=$?
    load=''
    ((status == 0 || status == 3)) ||
        die "traffic $1 failed with exit status $status: $(cat "$work/$1.err" "$work/$1.out")"
}
field() { # COMMAND NAME: of the JSON line with which it ended
    sed -n "s/^[^[]*\"$2\":\\([0-9.e+-]*\\).*/\\1/p" "$work/$1.out"
}

udp_load() { # SECONDS [ARGUMENT...]
    local time=$1
    shift
    from_a udp-send --to $address_b --port $udp_port --size 18 --count $forever --timeout "$time" "$@"
}
stream_load() { # SECONDS
    from_a tcp-stream --to $address_b --port $stream_port --streams 4 --seconds "$1" --timeout $(($1 + 30))
}
# Source ports of its own for every run: the last ones wait in TIME-WAIT.
first_source_port=2000
churn_load() { # SECONDS
    from_a tcp-churn --to $address_b --port $churn_port --ports $churn_ports --concurrency 16 --seconds "$1" \
        --from-port $first_source_port --timeout $(($1 + 30))
    first_source_port=$(((first_source_port - 2000 + 2900) % 60000 + 2000))
}

start_servers() {
    local server churn_log=$work/churn-serve.err
    from_b udp-sink --port $udp_port --timeout 1000
    from_b tcp-serve --port $churn_port --ports $churn_ports --request 64 --reply 64 --timeout 1000
    mv "$work/tcp-serve.err" "$churn_log"
    from_b tcp-serve --port $stream_port --sink --timeout 1000
    for server in "$work/udp-sink.err" "$work/tcp-serve.err" "$churn_log"; do
        until grep -q listening "$server"; do
            in_time
            sleep 0.05
        done
    done
    from_a tcp-churn --to $address_b --port $churn_port --count 1 --timeout 5
    finish tcp-churn
    [[ $(field tcp-churn connections) == 1 ]] || die "the two namespaces cannot reach each other; a firewall of this
host may see bridged packets (sysctl net.bridge.bridge-nf-call-iptables)"
}

# Many flows would need a socket for every port; here they end on the receiver's device.
take_all() { # COMMAND...
    ip netns exec fvb-b tc qdisc add dev eth0 clsact
    ip netns exec fvb-b tc filter add dev eth0 ingress bpf da obj "$work/programs.o" sec take
    "$@"
    ip netns exec fvb-b tc qdisc delete dev eth0 clsact
}

# --- The agent ----------------------------------------------------------------------------------------

scrape_once() { curl --silent --fail --max-time 5 "http://127.0.0.1:$port/metrics" >"$work/metrics" 9>&-; }

start_agent() {
    setpriv --pdeathsig KILL "$work/fovea" agent --set "server.port=$port" --set "state-directory=$work/state" \
        >"$work/agent.log" 2>&1 9>&- &
    agent=$!
}
scrape() { scrape_once || die "no scrape: $(cat "$work/agent.log")"; }
counting() { # POD...
    local pod
    scrape_once || return 1
    for pod; do grep -q "^fovea_pod_forward_packets_total{.*pod=\"$pod\"" "$work/metrics" || return 1; done
}
await_agent() { # POD...
    until counting "$@"; do
        kill -0 "$agent" 2>/dev/null || { agent=''; die "the agent ended: $(cat "$work/agent.log")"; }
        in_time
        sleep 0.005
    done
}
stop_agent() {
    local try
    [[ $agent ]] || return 0
    kill "$agent" 2>/dev/null || true
    for try in {1..100}; do
        kill -0 "$agent" 2>/dev/null || break
        ((try < 100)) || { kill -KILL "$agent"; progress 'the agent did not end within 10 s of SIGTERM'; }
        sleep 0.1
    done
    wait "$agent" 2>/dev/null || true
    agent=''
}

metric() { # NAME [LABEL="VALUE"]: summed over the series of the last scrape
    awk -v name="$1" -v label="${2-}" '
        index($1, name "{") == 1 && (label == "" || index($1, label)) || $1 == name { sum += $NF }
        END { printf "%.12g\n", sum }' "$work/metrics"
}

# --- 1. Throughput ------------------------------------------------------------------------------------

# Packets of the sender's that reached the receiver's device, and those its socket had no room for.
arrived() { ip netns exec fvb-b cat /sys/class/net/eth0/statistics/rx_packets; }
# shellcheck disable=SC2016 # awk's
refused() { ip netns exec fvb-b awk '$1 == "Udp:" && $6 ~ /^[0-9]/ { print $6 }' /proc/net/snmp; }

# A measurement in the presence of an agent has one scrape in its middle.
meanwhile() {
    sleep "$1"
    if [[ $agent ]]; then scrape; fi
}

measure() { # WORKLOAD: into $value
    local arrived_before refused_before count
    in_time
    case $1 in
        udp)
            arrived_before=$(arrived) refused_before=$(refused)
            udp_load "$seconds"
            meanwhile $((seconds / 2))
            finish udp-send
            count=$(($(arrived) - arrived_before))
            value=$(awk -v n=$count -v s="$(field udp-send seconds)" 'BEGIN { printf "%.0f", n / s }')
            echo "$arm $(($(refused) - refused_before)) $count" >>"$work/refused" ;;
        stream)
            stream_load "$seconds"
            meanwhile $((seconds / 2))
            finish tcp-stream
            value=$(awk -v rate="$(field tcp-stream rate)" 'BEGIN { printf "%.3f", rate * 8 / 1e9 }') ;;
        churn)
            churn_load "$seconds"
            meanwhile $((seconds / 2))
            finish tcp-churn
            value=$(printf %.0f "$(field tcp-churn rate)")
            if [[ $(field tcp-churn port_exhausted) != 0 ]]; then echo "$arm" >>"$work/exhausted"; fi ;;
    esac
}

throughput() {
    local round workload arm line
    local orders=('none-a agent none-b' 'agent none-b none-a' 'none-b none-a agent')
    touch "$work/samples" "$work/refused" "$work/exhausted"
    for ((round = 1; round <= rounds; round++)); do
        for workload in udp stream churn; do
            line="round $round of $rounds: $workload"
            for arm in ${orders[round % 3]}; do
                if [[ $arm == agent ]]; then
                    start_agent
                    await_agent fvb-a fvb-b
                fi
                sleep 0.3
                measure $workload
                stop_agent
                echo "$workload $round $arm $value" >>"$work/samples"
                line+="  $arm $value"
            done
            progress "$line"
        done
    done
    throughput_table
}

throughput_table() {
    printf '\nThroughput: medians of %d rounds of %d s, ratios of pairs (least-greatest)\n' "$rounds" "$seconds"
    printf '%-26s %9s %9s %9s   %-20s %-20s %s\n' '' none-a agent none-b 'agent/none' 'none-b/none-a' target
    awk '
        function median(list, n,    i, j, held) { # sorts the list
            for (i = 2; i <= n; i++) {
                held = list[i]
                for (j = i - 1; j >= 1 && list[j] > held; j--) list[j + 1] = list[j]
                list[j + 1] = held
            }
            return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
        }
        function arm_median(workload, arm,    list, round) {
            for (round = 1; round <= rounds; round++) list[round] = of[workload, round, arm]
            return median(list, rounds)
        }
        function spread(ratios,    middle) {
            middle = median(ratios, rounds)
            return sprintf("%.3f (%.3f-%.3f)", middle, ratios[1], ratios[rounds])
        }
        { of[$1, $2, $3] = $4; if ($2 > rounds) rounds = $2 }
        END {
            count = split("udp stream churn", workloads)
            name["udp"] = "UDP packets/s, 64 bytes"; form["udp"] = "%9.0f"
            name["stream"] = "TCP Gbit/s, 4 streams"; form["stream"] = "%9.2f"
            name["churn"] = "TCP connections/s"; form["churn"] = "%9.0f"
            for (w = 1; w <= count; w++) {
                workload = workloads[w]
                for (round = 1; round <= rounds; round++) {
                    a = of[workload, round, "none-a"]; b = of[workload, round, "none-b"]
                    cost[round] = of[workload, round, "agent"] / ((a + b) / 2)
                    noise[round] = b / a
                }
                printf "%-26s " form[workload] " " form[workload] " " form[workload] "   %-20s %-20s %s\n",
                    name[workload], arm_median(workload, "none-a"), arm_median(workload, "agent"),
                    arm_median(workload, "none-b"), spread(cost), spread(noise), ">= 0.95"
            }
        }' "$work/samples"
    awk '
        { refused[$1 == "agent"] += $2; arrived[$1 == "agent"] += $3 }
        END {
            printf "UDP packets the receiving socket had no room for: %.1f %% with the agent, %.1f %% without\n",
                100 * refused[1] / arrived[1], 100 * refused[0] / arrived[0]
        }' "$work/refused"
    [[ ! -s $work/exhausted ]] || warn "tcp-churn ran out of ports in $(wc -l <"$work/exhausted") runs"
}

# --- 2. Cost in the kernel ----------------------------------------------------------------------------

# Seconds and runs of: ingress, egress, empty; of the last scrape, and of now.
program_times() {
    echo "$(metric fovea_bpf_program_run_seconds_total 'program="fovea_ingress"')" \
        "$(metric fovea_bpf_program_runs_total 'program="fovea_ingress"')" \
        "$(metric fovea_bpf_program_run_seconds_total 'program="fovea_egress"')" \
        "$(metric fovea_bpf_program_runs_total 'program="fovea_egress"')" \
        "$(bpftool prog show | awk '
            / name fvb_empty / {
                for (i = 1; i < NF; i++) {
                    if ($i == "run_time_ns") ns += $(i + 1)
                    if ($i == "run_cnt") runs += $(i + 1)
                }
            }
            END { printf "%.12g %d", ns / 1e9, runs }')"
}

cost_row() { # NAME TARGET ARGUMENT...
    local name=$1 target=$2 before evictions
    shift 2
    in_time
    progress "cost: $name"
    udp_load $((seconds + 1)) "$@"
    sleep 1 # the flow cache fills
    scrape
    before=$(program_times)
    evictions=$(metric fovea_bpf_flow_evictions_total)
    sleep $((seconds - 1))
    scrape
    echo "$before $(program_times) $(($(metric fovea_bpf_flow_evictions_total) - evictions))" |
        awk -v name="$name" -v target="$target" '
            function each(ns, runs) { return runs > 0 ? ns * 1e9 / runs : 0 }
            {
                both = each($7 + $9 - $1 - $3, $8 + $10 - $2 - $4); empty = each($11 - $5, $12 - $6)
                printf "%-26s %9.1f %9.1f %9.1f %9.1f %9.1f   %-8s %9d %9.2f\n", name, each($7 - $1, $8 - $2),
                    each($9 - $3, $10 - $4), both, empty, both - empty, target, $8 + $10 - $2 - $4,
                    $13 / ($8 + $10 - $2 - $4)
            }'
    finish udp-send
}

cost_of_many() {
    cost_row '100k flows at random' '<= 150' --flows 100000 --random
    cost_row '100k flows in turn' '' --flows 100000
}

cost() {
    local device direction
    stats_before=$(cat $stats)
    echo 1 >$stats
    for device in fvb-a0 fvb-b0; do
        tc qdisc add dev $device clsact
        for direction in ingress egress; do
            tc filter add dev $device $direction bpf da obj "$work/programs.o" sec empty
        done
    done
    start_agent
    await_agent fvb-a fvb-b
    printf '\nIn the kernel: ns per run, UDP of 64 bytes at full rate, an empty program on the same packets\n'
    printf '%-26s %9s %9s %9s %9s %9s   %-8s %9s %s\n' \
        '' ingress egress both empty both-empty target runs evict/run
    cost_row 'one flow' '<= 45'
    take_all cost_of_many
    stop_agent
    for device in fvb-a0 fvb-b0; do tc qdisc delete dev $device clsact; done
    echo "$stats_before" >$stats
    stats_before=''
}

# --- 3. Memory and CPU --------------------------------------------------------------------------------

agent_times() { # user and system seconds, and the time of day
    sed 's/.*) //' "/proc/$agent/stat" |
        awk -v tick="$(getconf CLK_TCK)" -v now="$EPOCHREALTIME" \
            '{ printf "%.2f %.2f %s\n", $12 / tick, $13 / tick, now }'
}
agent_memory() { # NAME: in kB
    awk -v name="$1:" '$1 == name { print $2 }' "/proc/$agent/status"
}

phase() { # NAME COMMAND...: the load runs for longer than the phase
    local name=$1 before second
    shift
    in_time
    progress "memory and CPU: $name"
    "$@"
    before=$(agent_times)
    for ((second = 0; second < phase_seconds; second++)); do
        ((second % 5)) || scrape
        sleep 1
    done
    scrape
    echo "$before $(agent_times) $(agent_memory VmRSS) $(agent_memory RssAnon) $(agent_memory RssFile)" \
        "$(agent_memory VmHWM) $(metric fovea_bpf_map_memory_bytes)" |
        awk -v name="$name" '{
            printf "%-26s %8.2f %8.2f %9.1f %9.1f %9.1f %9.1f %9.1f\n", name, 100 * ($4 - $1) / ($6 - $3),
                100 * ($5 - $2) / ($6 - $3), $7 / 1024, $8 / 1024, $9 / 1024, $10 / 1024, $11 / 1048576
        }'
    if [[ $load ]]; then
        kill "$load" 2>/dev/null || true
        wait "$load" || true
        load=''
    fi
}

memory() {
    local long=$((phase_seconds + 10))
    start_agent
    await_agent fvb-a fvb-b
    sleep 1
    printf '\nThe agent: CPU in %% of a core and memory in MiB over %d s each, a scrape every 5 s\n' "$phase_seconds"
    printf '%-26s %8s %8s %9s %9s %9s %9s %9s\n' '' user system RSS anon file peak 'BPF maps'
    phase idle :
    take_all phase '100k flows, 50k packets/s' udp_load $long --flows 100000 --pps 50000
    phase 'UDP at full rate, one flow' udp_load $long
    phase 'connections at full rate' churn_load $long
    phase 'idle again' :
    echo 'targets: user <= 1, RSS <= 30 idle and <= 60 with 100k flows'
    stop_agent
}

# --- 4. Start -----------------------------------------------------------------------------------------

start() {
    local try from times=()
    progress 'time to first scrape'
    for ((try = 0; try < starts; try++)); do
        from=${EPOCHREALTIME/./}
        start_agent
        await_agent fvb-a
        times+=($(((${EPOCHREALTIME/./} - from) / 1000)))
        stop_agent
    done
    # shellcheck disable=SC2207 # numbers
    times=($(printf '%s\n' "${times[@]}" | sort -n))
    printf '\nFrom exec to the first scrape with fovea_pod_forward_packets_total: %d ms, of %s; target < 1000\n' \
        "${times[starts / 2]}" "${times[*]}"
}

# --- All of it ----------------------------------------------------------------------------------------

clean_up() {
    trap - EXIT
    trap '' INT TERM HUP
    [[ $owned ]] || return 0
    [[ ! $stats_before ]] || echo "$stats_before" >$stats
    stop_agent
    remove_network
    rm -rf "$work"
    rm -f "$lock"
}

main() {
    local part
    parse_arguments "$@"
    check_machine
    trap clean_up EXIT
    trap 'exit 129' HUP; trap 'exit 130' INT; trap 'exit 143' TERM
    take_lock
    # A build may replace them meanwhile.
    cp "$bin/fovea" "$bin/traffic" "$work"
    facts
    compile_programs
    make_network
    start_servers
    for part in $parts; do "$part"; done
    progress 'measured'
}

main "$@"
