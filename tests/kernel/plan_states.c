/* SPDX-License-Identifier: GPL-2.0-only */
#include "plan_rules.h"

void tz_random_nth(struct tz_dice *dice, struct tz_buf *out)
{
	uint32_t every = 1 + tz_dice_below(dice, 4);

	tz_buf_printf(out, "opaque \"nth\" writes \"\" nth (%u, %u, %u) ",
		      every, tz_dice_below(dice, every),
		      tz_dice_below(dice, 2));
}

void tz_random_state(struct tz_dice *dice, struct tz_buf *out)
{
	if (!tz_dice_below(dice, 3)) {
		/* one an hour: nothing comes back meanwhile */
		tz_buf_printf(out,
			      "opaque \"hashlimit\" writes \"\" hashlimit "
			      "(%u, 3600000000, %u, %u, %u, 60000, 1000, "
			      "3600000) \"%c\" ",
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
