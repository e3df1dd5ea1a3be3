/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Rules on trial at tc; see trial.bpf.c. */
#define TZ_AT_TC
#define TZ_SECTION "tc"
#include "trial.bpf.c"
