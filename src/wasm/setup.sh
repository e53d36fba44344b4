#!/bin/sh
# setup.sh GROUP...: makes sure that the Debian packages of the groups (build, test, lint, bench) are installed.
# Says nothing when they are; installs what is missing when run as root; otherwise names it and fails.
set -eu

root=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd)
. "$root/src/wasm/private-apt.sh"

packages_of() {
  case $1 in
    build) echo clang-19 lld-19 llvm-19 xtl-dev libeigen3-dev libprotozero-dev cmake ninja-build python3 ;;
    test) echo libclang-rt-19-dev nlohmann-json3-dev libonnx-testdata g++ chromium python3-venv ;;
    lint) echo clang-format-19 clang-tidy-19 g++ ;;
    bench) echo libbenchmark-dev chromium python3-venv ;;
    *) echo "setup: unknown group, $1" >&2; exit 2 ;;
  esac
}

missing() {  # the packages among the arguments that are not installed
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || printf '%s ' "$package"
  done
}

# The tests use Catch2's single header, of version 2, because it needs no library and so builds as wasm too. Debian 12 is the last to
# have it; the package is only unpacked, into build/catch2.
fetch_catch2() {
  [ ! -e /usr/include/catch2/catch.hpp ] && [ ! -e "$root/build/catch2/usr/include/catch2/catch.hpp" ] || return 0
  new=$root/build/catch2.new
  rm -rf "$new"; mkdir -p "$new"
  private_apt bookworm "$new/apt" update >/dev/null
  (cd "$new/apt" && private_apt bookworm "$new/apt" download catch2 >/dev/null && dpkg -x catch2_*.deb "$new")
  rm -rf "$new/apt" "$root/build/catch2"
  mv "$new" "$root/build/catch2"
}

wanted=
for group in "$@"; do wanted="$wanted $(packages_of "$group")"; done
if ! command -v dpkg-query >/dev/null; then
  echo "setup: not a Debian system, so please see to these packages or their like yourself:$wanted" >&2
  exit 0
fi
needed=$(missing $wanted)
case " $* " in *" test "* | *" lint "*) fetch_catch2 ;; esac
[ -n "$needed" ] || exit 0
if [ "$(id -u)" != 0 ]; then
  echo "setup: please install these packages first: sudo apt-get install $needed" >&2
  exit 1
fi
echo "Installing $needed"
export DEBIAN_FRONTEND=noninteractive
apt-get -q update >/dev/null
apt-get -q install -y --no-install-recommends $needed >/dev/null
