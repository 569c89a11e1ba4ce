#!/usr/bin/env bash
# Two namespaces that talk, and an agent that shows it. Leaves nothing behind.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

usage() {
    cat <<'USAGE'
Usage: demo.sh [--seconds N] [--port N] [--bin DIR]

Makes the network namespaces demo-client and demo-server, joined by a bridge, sends TCP, UDP and DNS
between them at a few thousand packets a second, has a firewall rule drop some of it, and runs the
agent with its live table. Ctrl-C takes everything away again. Needs root; asks sudo for it.

  --seconds N  end by itself
  --port N     the agent's port; default 10093
  --bin DIR    where fovea and traffic are; default .build/release
USAGE
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here
# The lock file is also how the next run knows that leftovers are a demo's own. It names the state
# directory if the demo made that.
readonly lock=/run/fovea-demo.lock
readonly client=demo-client server=demo-server bridge=fovea-demo
readonly client_link=fovea-demo-c server_link=fovea-demo-s
readonly server4=198.18.0.2 server6=2001:db8:f0ea::2 # addresses for benchmarks and for documentation
readonly dropped_port=9999
arguments=("$@")
bin=$here/../.build/release seconds='' port=10093
owned='' agent='' senders=() state_directory=${FOVEA_STATE_DIRECTORY:-/run/fovea}

die() { printf 'demo.sh: %s\n' "$*" >&2; exit 1; }

parse_arguments() {
    while (($#)); do
        case $1 in
            -h | --help) usage; exit 0 ;;
            --seconds | --port | --bin)
                (($# > 1)) || die "$1 needs a value"
                printf -v "${1#--}" %s "$2"
                shift ;;
            *) die "unknown argument $1 (see --help)" ;;
        esac
        shift
    done
    [[ $seconds =~ ^([1-9][0-9]*)?$ ]] || die "--seconds $seconds: not a number of seconds"
    [[ $port =~ ^[1-9][0-9]*$ ]] || die "--port $port: not a number"
}

check_machine() {
    local tool
    [[ $(uname -s) == Linux ]] || die 'needs Linux'
    [[ -x $bin/fovea && -x $bin/traffic ]] || die "no fovea and traffic in $bin; run: make build"
    bin=$(cd "$bin" && pwd)
    if ((EUID)); then
        command -v sudo >/dev/null || die 'needs root to make namespaces and load BPF programs, and there is no sudo'
        echo 'demo.sh: needs root to make namespaces and load BPF programs; asking sudo'
        exec sudo -- "$here/demo.sh" "${arguments[@]}"
    fi
    for tool in ip nft; do
        command -v "$tool" >/dev/null || die "needs $tool; run: make setup"
    done
}

exists() { ip netns list | grep -qE "^($client|$server)( |$)" || ip link show "$bridge" >/dev/null 2>&1; }

take_lock() {
    local leftovers=''
    [[ ! -e $lock ]] || leftovers=1
    exec 9>>"$lock"
    flock --nonblock 9 || die 'a demo is running already'
    if exists; then
        [[ $leftovers ]] || { rm -f "$lock"; die "$client, $server or $bridge is there already and is not a demo's"; }
        echo 'demo.sh: removing what an interrupted demo left'
    fi
    owned=1
    remove_network
    [[ -d $state_directory ]] || echo "$state_directory" >"$lock"
}

in_client() { ip netns exec "$client" "$@"; }
in_server() { ip netns exec "$server" "$@"; }

join() { # NAMESPACE LINK IPV4 IPV6
    local namespace=$1 link=$2
    ip netns add "$namespace"
    ip link add "$link" type veth peer name eth0 netns "$namespace"
    ip link set "$link" master "$bridge" up
    ip -n "$namespace" link set lo up
    ip -n "$namespace" link set eth0 up
    ip -n "$namespace" address add "$3" dev eth0
    if [[ -e /proc/sys/net/ipv6 ]]; then
        # Duplicate address detection would hold the address back for a second or two.
        ip -n "$namespace" address add "$4" dev eth0 nodad
    fi
}

make_network() {
    ip link add "$bridge" type bridge
    ip link set "$bridge" up
    join "$client" "$client_link" 198.18.0.1/24 2001:db8:f0ea::1/64
    join "$server" "$server_link" $server4/24 $server6/64
    in_server nft -f - <<NFT
table inet fovea-demo {
    chain input {
        type filter hook input priority 0;
        udp dport $dropped_port drop
    }
}
NFT
}

start_servers() {
    serve tcp-serve --port 7000 --sink
    serve tcp-serve --port 7001 --request 64 --reply 512
    serve udp-sink --port 9000 --ports 4
    serve dns-serve --port 53
}

# Everything here sends at a bounded rate.
start_senders() {
    local long=(--count 1000000000 --timeout 86400)
    send udp-send --to "$server4" --port 9000 --flows 4 --span 4 --size 200 --pps 2000 "${long[@]}"
    send udp-send --to "$server6" --port 9000 --size 1000 --pps 200 "${long[@]}"
    send udp-send --to "$server4" --port "$dropped_port" --pps 25 "${long[@]}"
    send tcp-churn --to "$server4" --port 7001 --count 50
    send tcp-stream --to "$server4" --port 7000 --streams 2 --bytes 2000000
    send tcp-stream --to "$server6" --port 7000 --bytes 1000000
    send dns-query --to "$server4" --pps 20 --name www.example.com "${long[@]}"
    send dns-query --to "$server4" --pps 5 --name nx.example.com "${long[@]}"
}

serve() { in_server "$bin/traffic" "$@" --timeout 86400 >/dev/null 2>&1 9>&- & }

send() {
    { while [[ -e /proc/$$ ]]; do
        in_client "$bin/traffic" "$@" || true
        sleep 1
    done; } >/dev/null 2>&1 9>&- &
    senders+=("$!")
}

# The servers need a moment to start.
await_network() {
    local try
    for try in {1..20}; do
        in_client "$bin/traffic" dns-query --to "$server4" --count 1 --wait 0.5 --name www.example.com \
            >/dev/null 2>&1 9>&- && return
        sleep 0.1
    done
    die "the two namespaces cannot reach each other; a firewall of this host may see bridged packets
(sysctl net.bridge.bridge-nf-call-iptables is 1 and the policy of its FORWARD chain is DROP)"
}

start_agent() {
    local command=("$bin/fovea" agent --live --set "server.port=$port")
    [[ ! $seconds ]] || command=(timeout --foreground --signal INT "$seconds" "${command[@]}")
    # In the background, because only then a signal to this script is answered at once. The agent ends
    # with the script even if that is killed.
    setpriv --pdeathsig TERM "${command[@]}" 9>&- &
    agent=$!
    while kill -0 "$agent" 2>/dev/null && ! (: <"/dev/tcp/localhost/$port") 2>/dev/null; do sleep 0.1; done
}

await_agent() {
    local status=0
    wait "$agent" || status=$?
    agent=''
    ((status == 0 || status == 124)) || die "the agent ended with exit status $status"
}

remove_network() {
    local namespace pids try link
    for namespace in "$client" "$server"; do
        [[ -e /run/netns/$namespace ]] || continue
        for try in TERM TERM KILL; do
            pids=$(ip netns pids "$namespace")
            [[ $pids ]] || break
            # shellcheck disable=SC2086 # a list of process ids
            kill -s "$try" $pids 2>/dev/null || true
            sleep 0.2
        done
        ip netns delete "$namespace"
    done
    # A veth lives on for a moment after its namespace.
    for link in "$client_link" "$server_link" "$bridge"; do
        ip link delete "$link" 2>/dev/null || true
    done
}

clean_up() {
    trap - EXIT
    trap '' INT TERM HUP
    [[ $owned ]] || return 0
    local sender file
    if [[ $agent ]]; then
        kill "$agent" 2>/dev/null || true
        wait "$agent" 2>/dev/null || true
    fi
    for sender in "${senders[@]}"; do kill "$sender" 2>/dev/null || true; done
    remove_network
    state_directory=$(<"$lock")
    if [[ -d $state_directory ]]; then
        for file in "$state_directory"/agent-*.lock; do flock --nonblock "$file" rm -f "$file" || true; done
        rmdir --ignore-fail-on-non-empty "$state_directory"
    fi
    rm -f "$lock"
    printf '\ndemo.sh: removed the namespaces, the links, the rule and the processes\n'
}

main() {
    parse_arguments "$@"
    check_machine
    trap clean_up EXIT
    trap 'exit 129' HUP; trap 'exit 130' INT; trap 'exit 143' TERM
    take_lock
    echo "demo.sh: making the namespaces $client and $server"
    make_network
    start_servers
    await_network
    echo "demo.sh: starting the agent; scrape http://localhost:$port/metrics; Ctrl-C ends everything"
    start_agent
    # Nothing was sent before the agent counted, so both ends of a flow agree.
    start_senders
    await_agent
}

main "$@"
