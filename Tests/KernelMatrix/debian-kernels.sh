# Gets Debian's cloud kernels and unpacks what a guest needs of them. Sourced by run.sh.
# shellcheck shell=bash

# Extended regular expressions; those that a kernel has built in, or lacks, are passed over.
readonly modules=(
    veth 8021q dummy ifb tun bridge macvlan ipvlan vxlan
    sch_ingress sch_netem sch_htb sch_fq_codel cls_bpf cls_matchall cls_flower cls_u32 'act_.*'
    'nf_tables.*' 'nft_.*' 'nfnetlink.*' 'nf_conntrack(_netlink|_bridge)?' 'nf_reject.*' nf_nat
    inet_diag tcp_diag udp_diag
)

problem=''
# Callers test these functions' status, which turns `set -e` off inside them, so each step that can
# fail ends in `|| unavailable REASON || return`.
# shellcheck disable=SC2034 # run.sh reports it
unavailable() { problem=$*; return 1; }

suite_of() {
    case $1 in
        5.10) echo bullseye ;;
        6.1) echo bookworm ;;
        6.12) echo trixie ;;
        sid) echo sid ;;
        *) return 1 ;;
    esac
}

mirror_of() { # RELEASE: where this machine's apt takes that release from
    apt-get indextargets --format "\$(REPO_URI)" 'Created-By: Packages' 'Component: main' "Release: $1" | head -n 1
}

write_sources() { # SUITE FILE
    local codename main security options='arch=amd64' keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    # shellcheck source=/dev/null
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-sid}")
    main=$(mirror_of "$codename") security=$(mirror_of "$codename-security")
    [[ $main ]] || unavailable "apt has no source for Debian $codename main to take the mirror from" || return
    [[ ! -r $keyring ]] || options+=" signed-by=$keyring"
    echo "deb [$options] $main $1 main" >"$2"
    if [[ $security && $1 != sid ]]; then echo "deb [$options] $security $1-security main" >>"$2"; fi
}

# The meta package, which holds nothing itself, leads to an image package, in newer suites by way of
# a base package, and with a binary and a modules package at its side.
kernel_packages() { # APT_OPTION...
    local queue=(linux-image-cloud-amd64) seen=' ' name
    while ((${#queue[@]})); do
        name=${queue[0]} queue=("${queue[@]:1}")
        [[ $seen != *" $name "* ]] || continue
        seen+="$name "
        mapfile -t -O "${#queue[@]}" queue < <(apt-cache "$@" depends --important "$name" |
            sed -En 's/^ *Depends: (linux-(image|base|binary|modules)-.*cloud-amd64)$/\1/p')
    done
    tr ' ' '\n' <<<"$seen" | grep -E '^linux-(image|base|binary|modules)-[0-9]'
}

download_packages() { # SUITE DIRECTORY: fills DIRECTORY/debs from DIRECTORY/sources.list
    local apt=$2 options packages
    # Nothing here may touch the machine's own sources, lists or package state.
    options=(-q -o "Dir::Etc::SourceList=$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o "Dir::State=$apt/state" -o Dir::State::Status=/dev/null -o "Dir::Cache=$apt/cache"
        -o APT::Architecture=amd64 -o APT::Sandbox::User=root -o Acquire::Retries=2)
    apt-get "${options[@]}" --error-on=any update >"$apt/log" 2>&1 ||
        unavailable "apt-get update for $1: $(grep -m 1 '^[EW]:' "$apt/log")" || return
    packages=$(kernel_packages "${options[@]}") || unavailable "Debian $1 has no cloud kernel" || return
    # shellcheck disable=SC2086 # a list of package names
    (cd "$apt/debs" && apt-get "${options[@]}" download $packages) >"$apt/log" 2>&1 ||
        unavailable "apt-get download from $1: $(grep -m 1 '^E:' "$apt/log")" || return
}

fetch_kernel() { # KERNEL CACHE SCRATCH: puts its packages in CACHE/KERNEL, if they are not there yet
    local cache=$2 apt=$3 suite
    [[ ! -d $cache/$1 ]] || return 0
    suite=$(suite_of "$1")
    echo "Fetching the $1 kernel from Debian $suite"
    mkdir -p "$apt"/{state/lists/partial,cache/archives/partial,debs} || unavailable "cannot write $apt" || return
    write_sources "$suite" "$apt/sources.list" || return
    if ! download_packages "$suite" "$apt"; then
        # A suite past its support loses its security archive first.
        sed -i '/-security main$/d' "$apt/sources.list"
        rm -f "$apt"/debs/*
        download_packages "$suite" "$apt" || return
    fi
    # The rename comes last, so that an interrupted run leaves no half-filled cache entry.
    mkdir -p "$cache" && rm -rf "$cache/.$1" && mv "$apt/debs" "$cache/.$1" && mv "$cache/.$1" "$cache/$1" ||
        unavailable "cannot write $cache" || return
}

unpack_kernel() { # PACKAGES TARGET: makes TARGET/vmlinuz, and TARGET/modules.gz for the initramfs
    local tree=$2/tree initrd=$2/initrd deb version
    mkdir -p "$tree/usr/lib" "$initrd/usr/lib/modules"
    # Older packages ship /lib/modules and /boot/vmlinuz-*, newer ones /usr/lib/modules/*/vmlinuz.
    ln -s usr/lib "$tree/lib" && ln -s usr/lib "$initrd/lib"
    for deb in "$1"/*.deb; do
        dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink -C "$tree" ||
            unavailable "cannot unpack $deb; remove $1 to fetch it anew" || return
    done
    version=$(ls "$tree/lib/modules") && mv "$(find "$tree" -name 'vmlinuz*' -type f)" "$2/vmlinuz" ||
        unavailable "no kernel in $1; remove it to fetch the kernel anew" || return
    # bpftool's feature probe looks for the configuration there.
    find "$tree" \( -name "config-$version" -o -path "*/$version/config" \) -type f \
        -exec install -D -m 644 {} "$initrd/boot/config-$version" \;

    pack_modules "$tree" "$initrd" "$version" "$2/modules.gz" ||
        unavailable "cannot pack the modules of $version" || return
    rm -rf "$tree" "$initrd"
}

pack_modules() { # TREE INITRD VERSION ARCHIVE
    local dir=$2/usr/lib/modules/$3
    mkdir "$dir" && depmod -b "$1" "$3" && module_closure "$1" "$3" >"$1/closure" &&
        xargs cp -t "$dir" <"$1/closure" && cp "$1/lib/modules/$3"/modules.{builtin*,order} "$dir" &&
        # The guest's busybox reads neither compression.
        find "$dir" -name '*.ko.xz' -exec xz -d {} + && find "$dir" -name '*.ko.zst' -exec zstd -dq --rm {} + &&
        sed -E 's|.*/||; s|(\.ko).*|\1|' "$1/closure" >"$dir/load-order" && depmod -b "$2" "$3" &&
        rm "$2/lib" && pack "$2" "$4"
}

module_closure() { # TREE VERSION: prints the wanted modules' files, each after those it depends on
    sed -E 's|:.*||; s|.*/||; s|\.ko.*||; s|-|_|g' "$1/lib/modules/$2/modules.dep" |
        grep -xE "$(IFS='|' && echo "${modules[*]}")" |
        xargs modprobe -C /dev/null -d "$1" -S "$2" --show-depends --all |
        awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}

pack() { # DIRECTORY ARCHIVE
    (cd "$1" && find . -print0 | cpio --null --create --format=newc --owner=0:0 --quiet | gzip -1) >"$2"
}
