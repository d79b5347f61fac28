# Boots a suite's machine with one job and hands on what the job prints, leaves and returns.
# shellcheck shell=bash
# shellcheck disable=SC2154  # set by scripts/lab

run() {
  local suite=${1-} job=${2-} out= limit=300 devices= bluetoothd= adapters=1 radio=yes flags
  [[ -n $suite && -n $job ]] || fail "$exit_usage" "run needs a suite and a job: scripts/lab run SUITE JOB"
  known_suite "$suite"
  [[ -f $job ]] || fail "$exit_usage" "no job '$job'"
  shift 2
  while [[ $# -gt 0 ]]; do
    case $1 in
      --) shift; break ;;
      --no-radio) radio=; shift; continue ;;
      --out | --limit | --devices | --bluetoothd | --adapters) [[ $# -ge 2 ]] || fail "$exit_usage" "$1 needs a value" ;;
    esac
    case $1 in
      --out) out=$2 ;;
      --limit) limit=$2 ;;
      --devices) devices=$2 ;;
      --bluetoothd) bluetoothd=$2 ;;
      --adapters) adapters=$2 ;;
      *) fail "$exit_usage" "unknown option '$1' (a job's own arguments come after --)" ;;
    esac
    shift 2
  done
  [[ $limit =~ ^[1-9][0-9]*$ ]] || fail "$exit_usage" "--limit is whole seconds, not '$limit'"
  [[ $adapters =~ ^[1-4]$ ]] || fail "$exit_usage" "--adapters is 1 to 4, not '$adapters'"
  host_has needed_to_run
  prepare "$suite"

  # what passes between host and guest, besides the tree: the job, the program under test, the status, the logs
  handover=$(mktemp -d "${TMPDIR:-/tmp}/bttest-lab.XXXXXX")
  machine=
  trap 'clean_up' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  mkdir "$handover/out" "$handover/log"
  [[ -z $out ]] || mkdir -p "$out" || fail "$exit_usage" "cannot make $out"
  cp -r "$lab_root/fixtures/lab/guest" "$handover/guest"
  cp "$job" "$handover/job"
  {
    printf 'job_name=%q\njob_arguments=(' "$(basename "$job")"
    [[ $# -eq 0 ]] || printf '%q ' "$@"
    printf ')\nradio=%q\nadapters=%q\n' "$radio" "$adapters"
    [[ -z $devices ]] || printf 'devices=%q\n' "$devices"
    read -ra flags <<<"$bluetoothd" # `-K *` has no file name in mind
    printf 'bluetoothd_flags=(%s)\n' "${flags[*]@Q}"
  } >"$handover/settings"
  hand_over_bttest "$handover"

  boot "$(prepared "$suite")" "$handover" "${out:-$handover/out}" "$limit"
}

# Ctrl-C and every other end leave neither the machine nor its files behind.
clean_up() {
  [[ -z $machine ]] || { kill "$machine" && wait "$machine"; } 2>/dev/null || true # it may have ended by itself
  rm -rf "$handover"
}

# The guest's C library is not the host's, so the program brings its own loader and libraries along.
hand_over_bttest() {
  local handover=$1 program=${BTTEST_BIN:-$lab_root/target/release/bttest} loader
  [[ -x $program ]] || {
    [[ -z ${BTTEST_BIN-} ]] || fail "$exit_usage" "BTTEST_BIN: no program $BTTEST_BIN"
    return 0 # many jobs do without; the guest's `bttest` says what is missing to those that do not
  }
  mkdir -p "$handover/bttest/lib"
  cp "$program" "$handover/bttest/bttest"
  # ldd fails on a static program, which needs nothing
  ldd "$program" 2>/dev/null | awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\// { print $1 }' |
    xargs -r cp -L -t "$handover/bttest/lib" || true
  loader=$(ldd "$program" 2>/dev/null | awk '$1 ~ /^\/.*ld-/ { print $1 }') || true
  [[ -z $loader ]] || basename "$loader" >"$handover/bttest/loader"
}

# How long a guest may take to begin its job: a busy host needs two minutes, and one that hangs is best started anew.
readonly start_limit=300

# end_if_stuck LOG: once in a while QEMU hangs before the console says a word; then its job's limit is not waited for
end_if_stuck() {
  local waited
  for ((waited = 0; waited < start_limit; waited++)); do
    sleep 1
    [[ ! -e $1/job-started ]] || return 0
  done
  say "the guest has not begun its job in $start_limit s"
  kill "$machine" 2>/dev/null || true # it may have ended in this moment
}

# boot BUILD HANDOVER OUT LIMIT: exit with the job's status
boot() {
  local build=$1 handover=$2 out=$3 limit=$4 status watch
  local share=security_model=none,multidevs=remap
  # The job's output goes through virtio ports, one for each stream, not over the emulated serial line: that is the
  # kernel's, and a log. -add-fd, append: QEMU writes to what the caller gave, be it file, pipe or terminal, and leaves
  # what is there.
  # clocksource: the emulated cycle counter is measured at boot, and on a busy host so wrongly that the guest's clock
  # once ran eight times too fast. nokaslr, notests, rdrand: a shorter start (D-Bus waits for random numbers).
  local machine_arguments=(
    -accel tcg,thread=multi -cpu Nehalem,+rdrand -m 1024 -smp 2 -nic none
    -display none -monitor none -no-reboot -serial "file:$handover/log/console"
    -kernel "$build/vmlinuz" -initrd "$build/initrd"
    -append "console=ttyS0 quiet panic=-1 mitigations=off clocksource=hpet no_timer_check nokaslr cryptomgr.notests ${BTTEST_LAB_CMDLINE-}"
    -drive "file=$build/disk,if=virtio,format=raw,snapshot=on"
    -virtfs "local,path=$handover,mount_tag=lab,$share"
    -virtfs "local,path=$lab_root,mount_tag=project,readonly=on,$share"
    -virtfs "local,path=$out,mount_tag=out,$share"
    -device virtio-serial -add-fd fd=3,set=1 -add-fd fd=4,set=2
    -chardev file,id=stdout,path=/dev/fdset/1,append=on -device virtserialport,chardev=stdout,name=stdout
    -chardev file,id=stderr,path=/dev/fdset/2,append=on -device virtserialport,chardev=stderr,name=stderr
  )
  # in the background, so that bash runs its traps at once; timeout ends the machine at the limit
  timeout --foreground "$limit" qemu-system-x86_64 "${machine_arguments[@]}" 3>&1 4>&2 </dev/null >"$handover/log/qemu" 2>&1 &
  machine=$!
  end_if_stuck "$handover/log" &
  watch=$!
  status=0
  wait "$machine" || status=$?
  kill "$watch" 2>/dev/null || true # it ends by itself once the job has begun
  machine=
  mkdir -p "$out/lab"
  cp "$handover"/log/* "$out/lab/"
  if [[ -s $handover/status ]]; then
    exit "$(<"$handover/status")"
  fi
  if [[ $status -eq 124 ]]; then
    if [[ -e $handover/log/job-started ]]; then
      say "the job was still running after $limit s (--limit)"
      exit "$exit_time"
    fi
    say "the guest was still starting after $limit s (--limit)"
  fi
  if [[ -s $handover/log/failure ]]; then
    say "$(<"$handover/log/failure")"
  else
    say "the guest did not come up; the end of its console and QEMU's words:"
    tail -qn 20 "$handover/log/console" "$handover/log/qemu" | sed 's/^/    /' >&2
  fi
  exit "$exit_guest"
}
