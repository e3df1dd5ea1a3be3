#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A gate for rule files, for instance in CI: fails on errors and on warnings.
# With --fail-on=impossible it would fail on rules that XDP can do nothing for,
# too. Needs neither root nor a kernel.
#
#     check.sh [FILE...]            without: edge.rules, beside this script
set -eu
[ $# -gt 0 ] || set -- "$(dirname "$0")/edge.rules"

tamiz check --quiet --fail-on=warning "$@"
