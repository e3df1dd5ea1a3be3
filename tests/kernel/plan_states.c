/* SPDX-License-Identifier: GPL-2.0-only */
#include "plan_rules.h"

void tz_random_nth(struct tz_dice *dice, struct tz_buf *out)
{
	uint32_t every = 1 + tz_dice_below(dice, 4);

	tz_buf_printf(out, "opaque \"nth\" writes \"\" nth (%u, %u, %u) ",
		      every, tz_dice_below(dice, every),
		      tz_dice_below(dice, 2));
}

/* All of its times are within the seconds that are asked for. */
static void put_recent(struct tz_dice *dice, struct tz_buf *out)
{
	bool asks = tz_dice_below(dice, 2);
	uint32_t action =
		asks ? 1 + tz_dice_below(dice, 2) : 3 * !tz_dice_below(dice, 3);
	uint32_t seconds = asks && tz_dice_below(dice, 2) ? 1000000 : 0;
	uint32_t flags = tz_dice_below(dice, 2) | 8 * tz_dice_below(dice, 2);

	if (seconds && tz_dice_below(dice, 2))
		flags |= 2;
	if (asks && !tz_dice_below(dice, 3))
		flags |= 4;
	tz_buf_printf(out,
		      "opaque \"recent\" writes \"\" recent (%u, %u, %u, %u, "
		      "%s, %s) \"%c\" ",
		      action, seconds, asks ? tz_dice_below(dice, 40) : 0,
		      flags,
		      tz_dice_below(dice, 4) ? "18446744073709551615" : "0",
		      tz_dice_below(dice, 4) ? "4294967295" : "65535",
		      'a' + (int)tz_dice_below(dice, 3));
}

void tz_random_state(struct tz_dice *dice, struct tz_buf *out)
{
	if (!tz_dice_below(dice, 3)) {
		put_recent(dice, out);
		return;
	}
	if (!tz_dice_below(dice, 3)) {
		/* one an hour: nothing comes back meanwhile */
		tz_buf_printf(out,
			      "opaque \"hashlimit\" writes \"\" hashlimit "
			      "(%u, 3600000000, %u, %u, %u, 60000, 1000, "
			      "3600000, 0) \"%c\" ",
			      tz_dice_below(dice, 32),
			      1 + tz_dice_below(dice, 30),
			      tz_dice_below(dice, 33), tz_dice_below(dice, 33),
			      'a' + (int)tz_dice_below(dice, 3));
		return;
	}
	if (!tz_dice_below(dice, 4)) {
		tz_buf_printf(out,
			      "opaque \"limit\" writes \"\" limit "
			      "(36000000, %u) ",
			      1 + tz_dice_below(dice, 100));
		return;
	}
	if (tz_dice_below(dice, 2))
		tz_buf_printf(
			out, "opaque \"quota\" writes \"\" quota (%u, %u) ",
			tz_dice_below(dice, 200000), tz_dice_below(dice, 2));
	else
		tz_random_nth(dice, out);
}
