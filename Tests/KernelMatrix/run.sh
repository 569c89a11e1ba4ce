#!/usr/bin/env bash
# Boots Debian's cloud kernels under QEMU software emulation and runs a guest script in each.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

usage() {
    cat <<'USAGE'
Usage: run.sh [OPTION...] --guest GUEST_SCRIPT [FILE...]

Runs GUEST_SCRIPT, as root and with sh, on each kernel in turn. Every FILE (or directory) is put at
/payload/<basename> in the guest, with the shared libraries its ELF files need. The guest has
busybox, ip, tc and nft; /proc, /sys, bpffs, cgroup2 and tracefs are mounted and lo is up.
It has no disk and no network device of its own.

  --kernels "K..."   5.10, 6.1, 6.12 or sid (Debian's newest); default "5.10 6.1"
  --guest SCRIPT     the script to run; its exit status is the kernel's result
  --cache DIR        where kernels are kept; default ${XDG_CACHE_HOME:-~/.cache}/fovea-kernels.
                     Remove DIR/<kernel> to have that kernel fetched anew.
  --timeout SECONDS  the most that one kernel may take, boot included; default 300
  --memory MIB       the guest's memory; default 1024
  -h, --help         this text

Exit status: 0 when every guest exited 0; 1 when one failed, crashed or timed out;
2 when none failed but something could not be run, or on wrong usage.

Examples:
  run.sh --guest smoke.guest.sh
  run.sh --kernels "5.10 6.1 6.12 sid" --guest smoke.guest.sh /usr/sbin/bpftool
  run.sh --kernels sid --timeout 600 --guest agent.guest.sh .build/release/fovea Tests/Fixtures
USAGE
}

readonly guest_tools=(busybox ip tc nft)

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here
# shellcheck source=debian-kernels.sh
. "$here/debian-kernels.sh"
kernels='5.10 6.1'
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/fovea-kernels
timeout=300 memory=1024 guest='' files=()
work='' qemu_pid='' booted='' result='' summary=()

die() { printf 'run.sh: %s\n' "$*" >&2; exit 2; }

parse_arguments() {
    while (($#)); do
        case $1 in
            -h | --help) usage; exit 0 ;;
            --kernels | --cache | --guest | --timeout | --memory)
                (($# > 1)) || die "$1 needs a value"
                printf -v "${1#--}" %s "$2"
                shift ;;
            --) shift; files+=("$@"); break ;;
            -*) die "unknown option $1 (see --help)" ;;
            *) files+=("$1") ;;
        esac
        shift
    done
    [[ $guest ]] || die 'no --guest SCRIPT given (see --help)'
    [[ $kernels == *[![:space:]]* ]] || die '--kernels names none'
    [[ $timeout =~ ^[1-9][0-9]*$ ]] || die "--timeout $timeout: not a number of seconds"
    [[ $memory =~ ^[1-9][0-9]*$ ]] || die "--memory $memory: not a number of MiB"
    local file kernel
    for file in "$guest" "${files[@]}"; do [[ -r $file ]] || die "cannot read $file"; done
    for kernel in $kernels; do suite_of "$kernel" >/dev/null || die "unknown kernel $kernel (see --help)"; done
}

check_tools() {
    local tool missing=''
    local -A package=([qemu-system-x86_64]=qemu-system-x86 [busybox]=busybox-static [cpio]=cpio [xz]=xz-utils
        [zstd]=zstd [modprobe]=kmod [depmod]=kmod [ip]=iproute2 [tc]=iproute2 [nft]=nftables
        [ldd]=libc-bin [apt-get]=apt [dpkg-deb]=dpkg [dash]=dash)
    for tool in "${!package[@]}"; do
        command -v "$tool" >/dev/null || missing+="${package[$tool]}"$'\n'
    done
    [[ ! $missing ]] || die "missing packages; install them with: apt-get install -y $(sort -u <<<"$missing" | xargs)"
}

cleanup() {
    trap - EXIT INT TERM HUP
    if [[ $qemu_pid ]]; then kill "$qemu_pid" 2>/dev/null || true; wait || true; fi
    [[ ! $work ]] || rm -rf "$work"
}

copy_libraries() { # ROOT FILE...: what the ELF files among FILEs need, at the paths they have here
    local root=$1 file listing library target
    shift
    for file; do
        listing=$(ldd "$file" 2>/dev/null) || continue
        [[ $listing != *'not found'* ]] || die "$file needs$(grep -m 1 'not found' <<<"$listing")"
        while read -r library; do
            target=$library
            # The guest mounts a tmpfs there; the loader's cache finds the library anywhere.
            [[ $library != /@(tmp|run)/* ]] || target=/usr/lib/moved/${library##*/}
            [[ ! -e $root$target ]] || continue
            mkdir -p "$root${target%/*}"
            cp -L "$library" "$root$target"
            echo "${target%/*}" >>"$root/etc/ld.so.conf"
        done < <(sed -En 's|^(.* => )?\s*(/.*) \(0x[0-9a-f]+\)$|\2|p' <<<"$listing")
    done
}

build_userland() { # leaves $work/userland.gz, which all kernels share
    local root=$work/userland tool file elves
    mkdir -p "$root"/{dev,etc,payload,proc,root,run,sys,tmp,var} "$root"/usr/{bin,sbin,lib,lib64}
    for file in bin sbin lib lib64; do ln -s "usr/$file" "$root/$file"; done
    ln -s /run "$root/var/run"
    echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
    echo 'root:x:0:' >"$root/etc/group"
    echo '127.0.0.1 localhost' >"$root/etc/hosts"
    for tool in "${guest_tools[@]}"; do cp -L "$(command -v "$tool")" "$root/usr/sbin/$tool"; done
    # busybox's own sh would run its ip and tc applets whatever PATH says.
    cp -L "$(command -v dash)" "$root/usr/bin/sh"
    for tool in $(busybox --list); do
        [[ -e $root/usr/bin/$tool || -e $root/usr/sbin/$tool ]] || ln -s ../sbin/busybox "$root/usr/bin/$tool"
    done
    for file in "${files[@]%/}"; do
        [[ ! -e $root/payload/${file##*/} ]] || die "two FILEs are called ${file##*/}"
        cp -RL "$file" "$root/payload/"
    done
    cp -L "$guest" "$root/guest.sh"
    mapfile -d '' elves < <(find -L "$root/usr/sbin" "$root/usr/bin/sh" "${files[@]}" -type f -print0)
    copy_libraries "$root" "${elves[@]}"
    ldconfig -r "$root"
    install -m 755 "$here/guest-init.sh" "$root/init"
    pack "$root" "$work/userland.gz"
}

boot() { # KERNEL: runs the guest; sets booted and result
    local log=$work/$1/log pipe=$work/$1/pipe status=0 code arguments printer
    cat "$work/userland.gz" "$work/$1/modules.gz" >"$work/$1/initrd.gz"
    # shellcheck disable=SC2054 # the commas are QEMU's
    arguments=(-m "$memory" -smp 2 -accel tcg,thread=multi -cpu max -nodefaults -nic none
        -display none -serial stdio -no-reboot -kernel "$work/$1/vmlinuz" -initrd "$work/$1/initrd.gz"
        -append 'console=ttyS0 quiet loglevel=3 panic=-1 oops=panic')
    mkfifo "$pipe"
    sed -u 's/\r$//' <"$pipe" | tee "$log" | sed -u "s/^/[$1] /" &
    printer=$!
    timeout --kill-after=10 "$timeout" qemu-system-x86_64 "${arguments[@]}" </dev/null >"$pipe" 2>&1 &
    qemu_pid=$!
    wait "$qemu_pid" || status=$?
    qemu_pid=''
    wait "$printer" || true

    booted=$(sed -n 's/^FOVEA-GUEST-KERNEL //p' "$log" | head -n 1)
    code=$(sed -nE 's/.*FOVEA-GUEST-EXIT ([0-9]+)$/\1/p' "$log" | tail -n 1)
    if [[ $code == 0 ]]; then result=passed
    elif [[ $code ]]; then result="FAILED: the guest exited $code"
    elif ((status == 124 || status == 137)); then result="FAILED: no result within $timeout s"
    elif ((status != 0)); then unavailable "QEMU exited $status: $(tail -n 1 "$log")"
    else result='FAILED: the kernel crashed or rebooted'; fi
}

main() {
    local kernel start failed=0 unrun=0 row
    parse_arguments "$@"
    check_tools
    trap cleanup EXIT
    trap 'exit 129' HUP; trap 'exit 130' INT; trap 'exit 143' TERM
    work=$(mktemp -d -t fovea-kernels.XXXXXX)
    build_userland
    for kernel in $kernels; do
        booted='' start=$SECONDS
        if mkdir "$work/$kernel" && fetch_kernel "$kernel" "$cache" "$work/$kernel/apt" &&
            unpack_kernel "$cache/$kernel" "$work/$kernel" && start=$SECONDS && boot "$kernel"; then
            [[ $result == passed ]] || failed=1
        else
            result="could not run: $problem" unrun=1
        fi
        printf -v row '%-7s %-32s %8d  %s' "$kernel" "${booted:--}" "$((SECONDS - start))" "$result"
        summary+=("$row")
        rm -rf "${work:?}/$kernel"
    done
    printf '\n%-7s %-32s %8s  %s\n' KERNEL BOOTED SECONDS RESULT
    printf '%s\n' "${summary[@]}"
    ((!failed)) || exit 1
    ((!unrun)) || exit 2
}

main "$@"
