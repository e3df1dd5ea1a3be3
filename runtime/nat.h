/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether nf_tables translates addresses here, by whatever tool. */
#pragma once

#include <stdbool.h>

/*
 * True when a base chain of type nat holds a rule, and when nf_tables cannot
 * be asked; false when the kernel has no nf_tables.
 */
bool tz_nat_in_nftables(void);
