#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Rules onto a device from afar, without locking oneself out: watched first,
# then enforced, and changed on trial. As root; the rules of the kernel are not
# touched.
#
#     attach.sh DEVICE [FILE]       without: edge.rules, beside this script
set -eu
dev=$1
rules=${2:-$(dirname "$0")/edge.rules}

# Count what would be dropped, drop nothing. A day of that is not too much.
tamiz attach "$rules" --dev "$dev" --monitor
tamiz status -v --dev "$dev"
tamiz enforce --dev "$dev"

# A change, here to the same rules: unless it is confirmed within a minute, the
# rules before are back by themselves. Look from outside whether all is well.
tamiz replace "$rules" --dev "$dev" --confirm 60
tamiz confirm --dev "$dev"

# Second thoughts: the rules before, and then none, with nothing left behind.
tamiz rollback --dev "$dev"
tamiz detach --dev "$dev"
