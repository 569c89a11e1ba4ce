# Run by run.sh inside the guest: is the kernel fit for Fovea's network tests?
# shellcheck shell=sh disable=SC2317
status=0

check() { # DESCRIPTION COMMAND...
    description=$1
    shift
    if output=$("$@" 2>&1); then
        echo "ok    $description"
    else
        echo "FAIL  $description"
        echo "$output"
        status=1
    fi
}

in_left() { ip netns exec left "$@"; }
mounted() { grep -q " $1 $2 " /proc/mounts; }
# Duplicate address detection would hold a new v6 address back for a second or two.
address() { ip -n "$1" address add "$2" dev "$3" nodad; }

uname -r
check 'kernel BTF' test -s /sys/kernel/btf/vmlinux
check 'bpffs' mounted /sys/fs/bpf bpf
check 'cgroup2' mounted /sys/fs/cgroup cgroup2
check 'tracefs' mounted /sys/kernel/tracing tracefs

check 'netns left' ip netns add left
check 'netns right' ip netns add right
check 'veth pair' ip link add lan0 netns left type veth peer name lan0 netns right
for side in left right; do
    check "$side up" ip -n "$side" link set lan0 up
    check "$side VLAN" ip -n "$side" link add link lan0 name lan0.7 type vlan id 7
    check "$side VLAN up" ip -n "$side" link set lan0.7 up
done
check 'left v4' address left 192.0.2.1/24 lan0
check 'right v4' address right 192.0.2.2/24 lan0
check 'left v6' address left 2001:db8::1/64 lan0
check 'right v6' address right 2001:db8::2/64 lan0
check 'left VLAN v4' address left 198.51.100.1/24 lan0.7
check 'right VLAN v4' address right 198.51.100.2/24 lan0.7

check 'ping v4' in_left ping -c 3 -i 0.2 -W 5 192.0.2.2
check 'ping v6' in_left ping -6 -c 3 -i 0.2 -W 5 2001:db8::2
check 'ping over the VLAN' in_left ping -c 3 -i 0.2 -W 5 198.51.100.2

check 'clsact' in_left tc qdisc add dev lan0 clsact
check 'nft table' in_left nft add table inet fovea
check 'nft chain' in_left nft add chain inet fovea output '{ type filter hook output priority 0; }'
check 'nft rule' in_left nft add rule inet fovea output ip daddr 192.0.2.2 counter drop
if in_left ping -c 1 -W 1 192.0.2.2 >/dev/null 2>&1; then
    echo 'FAIL  the nft rule let a ping through'
    status=1
else
    echo 'ok    the nft rule drops'
fi

exit "$status"
