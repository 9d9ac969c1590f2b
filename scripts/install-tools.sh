#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs the Verilog tools that are missing, where apt-get and the right to use it are at hand; elsewhere says what to install.
# Usage: install-tools.sh COMMAND...   (iverilog verilator yosys g++ make ccache; the package has the name of the command)
set -eu

missing=''
for tool in "$@"; do
  command -v "$tool" >/dev/null 2>&1 || missing="$missing $tool"
done
[ -z "$missing" ] && exit 0

if command -v apt-get >/dev/null 2>&1; then
  if [ "$(id -u)" = 0 ]; then as_root=''
  elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then as_root='sudo'
  else
    echo "Missing:$missing. Install them, then run make again:" >&2
    echo "  sudo apt-get update && sudo apt-get install --no-install-recommends$missing" >&2
    exit 2
  fi
  echo "Installing:$missing"
  $as_root apt-get update -qq
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing
  exit 0
fi

echo "Missing:$missing. Install them with the package manager of this system, then run make again:" >&2
echo "  iverilog (Icarus Verilog) 11 or newer, verilator 5.006 or newer, yosys 0.23 or newer, g++ (C++17), make, ccache" >&2
exit 2
