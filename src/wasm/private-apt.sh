# Sourced by the scripts beside it. private_apt SUITE DIR ARGUMENT...: apt-get that knows only that Debian suite and writes only
# into DIR, so that a package of another release can be fetched without rights and without touching the system.

mirror_of_debian() {
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | awk '/\/debian\/?$/ {print; exit}'
}

private_apt() {
  suite=$1; apt=$2; shift 2
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
  mirror=$(mirror_of_debian)
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror:-http://deb.debian.org/debian} $suite main" \
    > "$apt/sources.list"
  apt-get -q -oDir::Etc::SourceList="$apt/sources.list" -oDir::Etc::SourceParts=/dev/null -oDir::State::Lists="$apt/lists" \
    -oDir::Cache="$apt/cache" -oAPT::Sandbox::User="$(id -un)" -oAcquire::IndexTargets::deb::DEP-11::DefaultEnabled=false "$@"
}
