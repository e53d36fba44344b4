#!/bin/sh
# toolchain.sh [DIR]: prints the folder of an Emscripten that builds this project (3.1.69 or newer).
# It is the one on PATH when that is new enough; otherwise a private copy of Debian's 3.1.69 in DIR (default build/toolchain),
# fetched once (256 MB, half a minute, no rights needed) and run with the system's clang 19. EMSCRIPTEN=DIR skips the search.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd)
. "$root/src/wasm/private-apt.sh"
dir=${1:-$root/build/toolchain}
least=3.1.69
stamp=.done-3.1.69-2    # raise the last number when this script changes

new_enough() {  # folder of an Emscripten
  version=$(tr -d '"' < "$1/emscripten-version.txt" 2>/dev/null | sed 's/[^0-9.].*//') || return 1
  [ -n "$version" ] && [ "$(printf '%s\n' "$least" "$version" | sort -V | head -n 1)" = "$least" ]
}

fetch_packages() {
  private_apt trixie "$apt" update
  (cd "$apt" && private_apt trixie "$apt" download emscripten binaryen libc6 libstdc++6 libgcc-s1)
}

unpack() {  # without what position-independent, threaded and sanitized builds would need: 209 MB instead of 1.7 GB
  for package in binaryen libc6 libstdc++6 libgcc-s1; do dpkg -x "$apt/$package"_*.deb "$new"; done
  dpkg-deb --fsys-tarfile "$apt"/emscripten_*.deb | tar -x -C "$new" --wildcards \
    --exclude='*/wasm32-emscripten/pic' --exclude='*/wasm32-emscripten/lto-pic' --exclude='./usr/share/emscripten/test' \
    --exclude='*-mt*.a' --exclude='*-ww*.a' --exclude='*asan*.a' --exclude='*libwasmfs*' --exclude='*libsanitizer*'
}

wrap_binaryen() {  # Binaryen's programs run with the C library they were built for, wherever the folder is moved
  mkdir -p "$new/binaryen/bin"
  for program in "$new"/usr/bin/wasm-* "$new/usr/bin/wasm2js"; do
    wrapper=$new/binaryen/bin/${program##*/}
    cat > "$wrapper" <<'W'
#!/bin/sh
r=${0%/binaryen/bin/*}/usr
exec "$r/lib64/ld-linux-x86-64.so.2" --library-path "$r/lib/x86_64-linux-gnu" "$r/bin/${0##*/}" "$@"
W
    chmod +x "$wrapper"
  done
}

write_config() {
  cat > "$new/usr/share/emscripten/.emscripten" <<'C'
from tools.utils import path_from_root
LLVM_ROOT = '/usr/lib/llvm-19/bin'
BINARYEN_ROOT = path_from_root('..', '..', '..', 'binaryen')
NODE_JS = ['node']
CACHE = path_from_root('cache')
FROZEN_CACHE = True
C
}

fetch() {
  echo "Fetching Emscripten 3.1.69 (256 MB, once)" >&2
  rm -rf "$dir.new"; mkdir "$dir.new"
  new=$(cd "$dir.new" && pwd); apt=$new/apt
  fetch_packages
  unpack
  wrap_binaryen
  write_config
  npm install --prefix "$new/usr/share/emscripten" --no-audit --no-fund --loglevel=error acorn@8.15.0
  rm -rf "$apt" "$dir"
  touch "$new/$stamp"
  mv "$new" "$dir"
}

if [ -n "${EMSCRIPTEN:-}" ]; then echo "$EMSCRIPTEN"; exit 0; fi
if found=$(command -v emcc) && found=$(dirname "$(readlink -f "$found")") && new_enough "$found"; then echo "$found"; exit 0; fi
if [ ! -e "$dir/$stamp" ]; then
  mkdir -p "$(dirname "$dir")"
  exec 9> "$dir.lock"
  flock 9    # of two builds at once the second waits
  [ -e "$dir/$stamp" ] || fetch >&2
fi
echo "$dir/usr/share/emscripten"
