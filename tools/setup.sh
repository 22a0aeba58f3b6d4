#!/bin/sh
# Makes the virtual environment $1 and installs the locked versions $2 and the project itself into it.
# PYTHON names the interpreter to use; without it the first supported one on the PATH is taken.
set -eu
venv=$1
lock=$2

say() { printf 'towline: %s\n' "$1" >&2; }

supported() {
  "$1" -c 'import sys; raise SystemExit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null
}

system=$(uname -s)
case $system in
  Linux)
    if command -v getconf >/dev/null 2>&1 && glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null); then
      version=${glibc#glibc }
      major=${version%%.*}
      minor=${version#*.}
      if [ "$major" -lt 2 ] || { [ "$major" -eq 2 ] && [ "${minor%%.*}" -lt 34 ]; }; then
        say "glibc $version is too old; 2.34 or newer is needed (Debian 12, Ubuntu 22.04, RHEL 9 or newer)"
        exit 1
      fi
    else
      say "this Linux has no glibc (Alpine?); Towline's parts need glibc 2.34 or newer"
      exit 1
    fi
    ;;
  Darwin)
    if [ "$(uname -m)" != arm64 ]; then
      say "on macOS only Apple silicon (arm64) with macOS 14 or newer is supported"
      exit 1
    fi
    ;;
  *)
    say "$system is not supported; Linux with glibc 2.34 or newer, or macOS 14 or newer on arm64"
    exit 1
    ;;
esac

if [ ! -x "$venv/bin/python" ] || ! supported "$venv/bin/python"; then
  python=
  for candidate in ${PYTHON:-python3.11 python3.12 python3.13 python3.14 python3}; do
    if command -v "$candidate" >/dev/null 2>&1 && supported "$candidate"; then
      python=$candidate
      break
    fi
  done
  if [ -z "$python" ]; then
    say "no Python 3.11 to 3.14 was found; install one, or name it: make PYTHON=/path/to/python3.12 ..."
    exit 1
  fi
  if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    say "$python has no venv; install it first (Debian and Ubuntu: apt install python$version-venv)"
    exit 1
  fi
  say "making $venv with $("$python" --version)"
  rm -rf "$venv"
  "$python" -m venv "$venv"
fi

say "installing $lock"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
  --only-binary :all: -r "$lock"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
