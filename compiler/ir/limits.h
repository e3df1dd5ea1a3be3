/* SPDX-License-Identifier: GPL-2.0-only */
/* Bounds that tz_ir_verify enforces and the walks over the IR rely on. */
#pragma once

/* How deep chains may call each other. */
#define TZ_IR_DEPTH_MAX 1024
/* How deep NOT, AND and OR may nest. */
#define TZ_IR_NESTING_MAX 32
/*
 * Rules that one packet may meet. Chains that call each other twice over
 * take time exponential in their number, in the kernel too; here the packet
 * then counts as accepted.
 */
#define TZ_EVAL_STEPS_MAX 1000000
