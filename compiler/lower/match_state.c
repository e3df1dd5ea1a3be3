/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arguments of limit, quota and statistic as libxt_limit, libxt_quota and
 * libxt_statistic of iptables 1.8.9 hand them to the kernel. What they would
 * not read stays with them.
 */
#include "lower/match_state.h"

#include <string.h>
#include <strings.h>

#include "sema/value.h"

static const struct tz_state *new_state(struct tz_builder *b,
					enum tz_state_id id, size_t n_args,
					const uint64_t *args)
{
	struct tz_state *state = tz_new(b->ir->arena, struct tz_state);
	uint64_t *copy = tz_new_array(b->ir->arena, uint64_t, n_args);

	memcpy(copy, args, n_args * sizeof(*args));
	*state = (struct tz_state){ id, n_args, copy };
	return tz_state_is_sound(state) ? state : NULL;
}

static const char *text_of(const struct tz_sema_use *use, const char *name)
{
	const struct tz_sema_option *o = tz_sema_option(use, name);

	return o ? o->args[0]->text : NULL;
}

/* All of @s in iptables' numbers; where it is not given *@value stays. */
static bool read_number(const char *s, uint64_t max, uint64_t *value)
{
	return !s || tz_value_number(s, s + strlen(s), max, value);
}

/*
 * N[/UNIT], the unit abbreviated, as the time of one packet in parts of
 * @scale seconds. Numbers are decimal there (atoi).
 */
static bool read_rate(const char *s, uint64_t scale, uint64_t *avg)
{
	static const struct {
		const char *name;
		uint64_t seconds;
	} units[] = { { "second", 1 },
		      { "minute", 60 },
		      { "hour", 3600 },
		      { "day", 86400 } };
	size_t n = strspn(s, "0123456789"), unit = 0;
	uint64_t rate = 0;

	if (!n || n > 9)
		return false;
	for (size_t i = 0; i < n; i++)
		rate = rate * 10 + (uint64_t)(s[i] - '0');
	if (s[n] == '/' && s[n + 1]) {
		size_t len = strlen(s + n + 1);

		while (unit < 4 &&
		       strncasecmp(units[unit].name, s + n + 1, len))
			unit++;
		if (unit == 4)
			return false;
	} else if (s[n]) {
		return false;
	}
	if (!rate)
		return false;
	*avg = scale * units[unit].seconds / rate;
	return *avg > 0;
}

static const struct tz_state *lower_limit(struct tz_builder *b,
					  const struct tz_sema_use *use)
{
	const char *rate = text_of(use, "limit");
	uint64_t args[] = { [TZ_LIMIT_AVG] = 0, [TZ_LIMIT_BURST] = 5 };

	if (!read_rate(rate ? rate : "3/hour", TZ_LIMIT_SCALE,
		       &args[TZ_LIMIT_AVG]) ||
	    !read_number(text_of(use, "limit-burst"), 10000,
			 &args[TZ_LIMIT_BURST]))
		return NULL;
	return new_state(b, TZ_STATE_LIMIT, 2, args);
}

static const struct tz_state *lower_quota(struct tz_builder *b,
					  const struct tz_sema_use *use)
{
	const struct tz_sema_option *o = tz_sema_option(use, "quota");
	uint64_t args[] = { 0, o->is_inverted };

	if (!read_number(o->args[0]->text, UINT64_MAX, &args[0]))
		return NULL;
	return new_state(b, TZ_STATE_QUOTA, 2, args);
}

static const struct tz_state *lower_nth(struct tz_builder *b,
					const struct tz_sema_use *use)
{
	const struct tz_sema_option *every = tz_sema_option(use, "every");
	const char *mode = text_of(use, "mode");
	uint64_t args[3] = { 0 };

	if (!every || !mode || strcmp(mode, "nth") != 0 ||
	    !read_number(every->args[0]->text, UINT32_MAX,
			 &args[TZ_NTH_EVERY]) ||
	    !read_number(text_of(use, "packet"), UINT32_MAX,
			 &args[TZ_NTH_PACKET]))
		return NULL;
	args[TZ_NTH_IS_INVERTED] = every->is_inverted;
	return new_state(b, TZ_STATE_NTH, 3, args);
}

const struct tz_state *tz_lower_state(struct tz_builder *b,
				      const struct tz_sema_use *use)
{
	static const struct {
		const char *ext;
		const struct tz_state *(*lower)(struct tz_builder *b,
						const struct tz_sema_use *use);
	} rows[] = {
		{ "limit", lower_limit },
		{ "quota", lower_quota },
		{ "statistic", lower_nth },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].ext, use->ext->name) == 0)
			return rows[i].lower(b, use);
	return NULL;
}
