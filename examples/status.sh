#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# For a monitoring system: a line for each device, and 1 as exit status when
# rules drifted from those of the kernel, wait for a confirmation, or cannot be
# read. As root; needs python3.
#
#     status.sh
set -eu

tamiz status --json | python3 -c '
import json, sys
bad = False
for d in json.load(sys.stdin):
    if d["damaged"]:
        state = "damaged"
    elif d["trial"] != "none":
        state = d["trial"]
    else:
        state = "drifted" if d["drifted"] else "ok"
    bad |= state != "ok"
    print(d["device"], state, d.get("dropped", {}).get("packets", "-"))
sys.exit(bad)'
