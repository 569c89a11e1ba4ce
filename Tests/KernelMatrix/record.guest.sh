# Run by run.sh inside the guest: records, and sends the recording out over the serial line.
# shellcheck shell=sh
export PYTHONHOME=/payload/python PYTHONDONTWRITEBYTECODE=1
/payload/python/python3 /payload/record/record.py /tmp/recording Tests/KernelMatrix/record.sh || exit
/payload/python/python3 /payload/record/conntrack.py /tmp/recording/netlink Tests/KernelMatrix/record.sh || exit
/payload/python/python3 /payload/record/nftables.py /tmp/recording/netlink Tests/KernelMatrix/record.sh || exit
/payload/python/python3 /payload/record/reasons.py /tmp/recording/btf Tests/KernelMatrix/record.sh || exit
/payload/python/python3 /payload/record/records.py /tmp/recording Tests/KernelMatrix/record.sh /payload/fovea || exit
tar -cz -C /tmp/recording . | base64 | sed 's/^/FOVEA-RECORD /'
