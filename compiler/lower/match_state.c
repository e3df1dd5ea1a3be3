/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arguments of limit, quota, statistic and hashlimit as libxt_limit and its
 * like of iptables 1.8.9 hand them to the kernel. What they would not read
 * stays with them.
 */
#include "lower/match_state.h"

#include <string.h>
#include <strings.h>

#include "sema/value.h"

static const struct tz_state *new_state(struct tz_builder *b,
					enum tz_state_id id, size_t n_args,
					const uint64_t *args, const char *name)
{
	struct tz_state *state = tz_new(b->ir->arena, struct tz_state);
	uint64_t *copy = tz_new_array(b->ir->arena, uint64_t, n_args);

	memcpy(copy, args, n_args * sizeof(*args));
	*state = (struct tz_state){ id, n_args, copy, name };
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
static bool read_rate(const char *s, uint64_t scale, uint64_t *avg,
		      uint64_t *seconds)
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
	*seconds = units[unit].seconds;
	*avg = scale * units[unit].seconds / rate;
	return *avg > 0;
}

static const struct tz_state *lower_limit(struct tz_builder *b,
					  const struct tz_sema_use *use)
{
	const char *rate = text_of(use, "limit");
	uint64_t args[] = { [TZ_LIMIT_AVG] = 0, [TZ_LIMIT_BURST] = 5 };
	uint64_t seconds;

	if (!read_rate(rate ? rate : "3/hour", TZ_LIMIT_SCALE,
		       &args[TZ_LIMIT_AVG], &seconds) ||
	    !read_number(text_of(use, "limit-burst"), 10000,
			 &args[TZ_LIMIT_BURST]))
		return NULL;
	return new_state(b, TZ_STATE_LIMIT, 2, args, NULL);
}

static const struct tz_state *lower_quota(struct tz_builder *b,
					  const struct tz_sema_use *use)
{
	const struct tz_sema_option *o = tz_sema_option(use, "quota");
	uint64_t args[] = { 0, o->is_inverted };

	if (!read_number(o->args[0]->text, UINT64_MAX, &args[0]))
		return NULL;
	return new_state(b, TZ_STATE_QUOTA, 2, args, NULL);
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
	return new_state(b, TZ_STATE_NTH, 3, args, NULL);
}

/* ---- hashlimit ---- */

/* What stands before "b/s", or the burst of bytes: a factor, or nothing. */
static uint64_t factor_of(char c)
{
	return c == 'm' ? 1024 * 1024 : c == 'k' ? 1024 : 1;
}

/* bytes_to_cost() and back; a byte is a 16th of what is counted. */
static uint64_t bytes_to_cost(uint64_t bytes)
{
	return UINT32_MAX / (uint64_t)((uint32_t)(bytes >> 4) + 1);
}

static uint64_t cost_to_bytes(uint64_t cost)
{
	return ((cost ? UINT32_MAX / cost : UINT32_MAX) - 1) << 4;
}

/* N[k|m]b/s. */
static bool read_byte_rate(const char *s, uint64_t *avg)
{
	size_t n = strspn(s, "0123456789");
	uint64_t bytes;

	if (!n || n > 9 || !tz_value_number(s, s + n, UINT32_MAX, &bytes) ||
	    !bytes || *s == '0')
		return false;
	bytes *= factor_of(s[n]);
	s += n + (s[n] == 'k' || s[n] == 'm');
	*avg = bytes_to_cost(bytes);
	return strcmp(s, "b/s") == 0 && *avg;
}

/* N, or N[k|m]b where bytes are counted: how often these fill the bucket. */
static bool read_burst(const char *s, bool counts_bytes, uint64_t avg,
		       uint64_t *burst)
{
	size_t n = strspn(s, "0123456789");
	uint64_t value;

	if (!n || n > 9 || *s == '0' ||
	    !tz_value_number(s, s + n, UINT32_MAX, &value) ||
	    (!s[n] && value > 1000000))
		return false;
	if (!counts_bytes) {
		*burst = value;
		return !s[n];
	}
	value *= factor_of(s[n]);

	uint64_t once = cost_to_bytes(avg);

	if (!once || value < once)
		return false;
	*burst = value / once + (value % once != 0);
	return true;
}

static bool read_mode(const char *s, uint64_t *mode)
{
	static const struct {
		const char *name;
		unsigned int bit;
	} words[] = { { "dstip", TZ_HASHLIMIT_BY_DST },
		      { "dstport", TZ_HASHLIMIT_BY_DPORT },
		      { "srcip", TZ_HASHLIMIT_BY_SRC },
		      { "srcport", TZ_HASHLIMIT_BY_SPORT } };

	while (*s) {
		size_t len = strcspn(s, ",|"), i = 0;

		while (i < 4 && (strlen(words[i].name) != len ||
				 strncmp(words[i].name, s, len)))
			i++;
		if (len && i == 4)
			return false;
		*mode |= len ? words[i].bit : 0;
		s += len + (s[len] != '\0');
	}
	return true;
}

/* htable_create(): what fits, by the options or on any but a small machine. */
static bool read_table(const struct tz_sema_use *use, uint64_t *args)
{
	const char *size_text = text_of(use, "hashlimit-htable-size");
	uint64_t size = 0, max = 0;

	if (!read_number(size_text, UINT32_MAX, &size) ||
	    !read_number(text_of(use, "hashlimit-htable-max"), UINT32_MAX,
			 &max) ||
	    !read_number(text_of(use, "hashlimit-htable-gcinterval"),
			 UINT32_MAX, &args[TZ_HASHLIMIT_GC_MS]) ||
	    !read_number(text_of(use, "hashlimit-htable-expire"), UINT32_MAX,
			 &args[TZ_HASHLIMIT_EXPIRE_MS]))
		return false;
	if (!size)
		size = 8192;
	if (size > TZ_HASHLIMIT_SIZE_MAX)
		size = TZ_HASHLIMIT_SIZE_MAX;
	if (max > TZ_HASHLIMIT_SIZE_MAX)
		max = TZ_HASHLIMIT_SIZE_MAX;
	args[TZ_HASHLIMIT_MAX] = !max ? 8 * size : max < size ? size : max;
	return true;
}

/*
 * --hashlimit-rate-match: so many in each unit of the rate, or in as many
 * seconds as --hashlimit-rate-interval says.
 */
static bool read_interval(const struct tz_sema_use *use, uint64_t seconds,
			  uint64_t *args)
{
	const char *given = text_of(use, "hashlimit-rate-interval");
	uint64_t interval = seconds;

	if (!tz_sema_option(use, "hashlimit-rate-match"))
		return true;
	if (given &&
	    (given[strspn(given, "0123456789")] || *given == '0' ||
	     !read_number(given, TZ_HASHLIMIT_INTERVAL_MAX, &interval)))
		return false;
	args[TZ_HASHLIMIT_MODE] |= TZ_HASHLIMIT_RATE_MATCH;
	args[TZ_HASHLIMIT_INTERVAL] = interval;
	if (!(args[TZ_HASHLIMIT_MODE] & TZ_HASHLIMIT_BYTES))
		args[TZ_HASHLIMIT_AVG] /= seconds;
	return true;
}

static bool read_rates(const struct tz_sema_use *use, uint64_t *args)
{
	const struct tz_sema_option *o = tz_sema_option(use, "hashlimit-upto");
	const char *burst = text_of(use, "hashlimit-burst"), *rate;
	bool is_above = !o;
	uint64_t seconds = 1;

	if (!o)
		o = tz_sema_option(use, "hashlimit-above");
	if (!o)
		return false;
	rate = o->args[0]->text;
	args[TZ_HASHLIMIT_MODE] |=
		is_above != o->is_inverted ? TZ_HASHLIMIT_ABOVE : 0;
	args[TZ_HASHLIMIT_BURST] = 5;
	if (strstr(rate, "b/s")) {
		if (!read_byte_rate(rate, &args[TZ_HASHLIMIT_AVG]))
			return false;
		args[TZ_HASHLIMIT_MODE] |= TZ_HASHLIMIT_BYTES;
		args[TZ_HASHLIMIT_BURST] = 0;
		args[TZ_HASHLIMIT_EXPIRE_MS] = burst ? 60000 : 15000;
	} else if (read_rate(rate, TZ_HASHLIMIT_SCALE, &args[TZ_HASHLIMIT_AVG],
			     &seconds)) {
		args[TZ_HASHLIMIT_EXPIRE_MS] = seconds * 1000;
	} else {
		return false;
	}
	return read_interval(use, seconds, args) &&
	       (!burst ||
		read_burst(burst, args[TZ_HASHLIMIT_MODE] & TZ_HASHLIMIT_BYTES,
			   args[TZ_HASHLIMIT_AVG], &args[TZ_HASHLIMIT_BURST]));
}

static const struct tz_state *lower_hashlimit(struct tz_builder *b,
					      const struct tz_sema_use *use)
{
	uint64_t bits = b->family == TZ_IPV4 ? 32 : 128;
	uint64_t args[TZ_HASHLIMIT_N_ARGS] = {
		[TZ_HASHLIMIT_SRC_BITS] = bits,
		[TZ_HASHLIMIT_DST_BITS] = bits,
		[TZ_HASHLIMIT_GC_MS] = 1000,
	};
	const char *mode = text_of(use, "hashlimit-mode");

	if ((mode && !read_mode(mode, &args[TZ_HASHLIMIT_MODE])) ||
	    !read_rates(use, args) || !read_table(use, args) ||
	    !read_number(text_of(use, "hashlimit-srcmask"), bits,
			 &args[TZ_HASHLIMIT_SRC_BITS]) ||
	    !read_number(text_of(use, "hashlimit-dstmask"), bits,
			 &args[TZ_HASHLIMIT_DST_BITS]))
		return NULL;
	return new_state(b, TZ_STATE_HASHLIMIT, TZ_HASHLIMIT_N_ARGS, args,
			 text_of(use, "hashlimit-name"));
}

/* ---- recent ---- */

/* --mask: what is kept of an address; all of it by default. */
static bool read_mask(const struct tz_builder *b, const char *text,
		      uint64_t *args)
{
	tz_value mask = 0;

	mask = ~mask;
	if (text &&
	    !tz_value_address(b->family, text, text + strlen(text), &mask))
		return false;
	if (b->family == TZ_IPV4)
		mask &= UINT32_MAX;
	args[TZ_RECENT_MASK_HIGH] = (uint64_t)(mask >> 64);
	args[TZ_RECENT_MASK_LOW] = (uint64_t)mask;
	return true;
}

static const struct tz_state *lower_recent(struct tz_builder *b,
					   const struct tz_sema_use *use)
{
	static const char *const actions[TZ_RECENT_N_ACTIONS] = {
		[TZ_RECENT_SET] = "set",
		[TZ_RECENT_CHECK] = "rcheck",
		[TZ_RECENT_UPDATE] = "update",
		[TZ_RECENT_REMOVE] = "remove",
	};
	uint64_t args[TZ_RECENT_N_ARGS] = { 0 };
	const struct tz_sema_option *action = NULL;
	const char *name = text_of(use, "name");
	uint64_t flags = 0;

	for (int i = 0; i < TZ_RECENT_N_ACTIONS; i++) {
		const struct tz_sema_option *o =
			tz_sema_option(use, actions[i]);

		if (!o)
			continue;
		action = o;
		args[TZ_RECENT_ACTION] = (uint64_t)i;
	}
	if (!action)
		return NULL;
	flags |= action->is_inverted ? TZ_RECENT_IS_INVERTED : 0;
	flags |= tz_sema_option(use, "reap") ? TZ_RECENT_REAPS : 0;
	flags |= tz_sema_option(use, "rttl") ? TZ_RECENT_BY_TTL : 0;
	/* of --rsource and --rdest the one that stands last counts */
	for (const struct tz_sema_option *o = use->options; o; o = o->next) {
		if (!strcmp(o->meaning->name, "rdest"))
			flags |= TZ_RECENT_BY_DST;
		else if (!strcmp(o->meaning->name, "rsource"))
			flags &= ~(uint64_t)TZ_RECENT_BY_DST;
	}
	args[TZ_RECENT_FLAGS] = flags;
	if (!read_number(text_of(use, "seconds"), UINT32_MAX,
			 &args[TZ_RECENT_SECONDS]) ||
	    !read_number(text_of(use, "hitcount"), UINT32_MAX,
			 &args[TZ_RECENT_HITS]) ||
	    !read_mask(b, text_of(use, "mask"), args))
		return NULL;
	return new_state(b, TZ_STATE_RECENT, TZ_RECENT_N_ARGS, args,
			 name ? name : "DEFAULT");
}

const struct tz_state *tz_lower_state(struct tz_builder *b,
				      const struct tz_sema_use *use)
{
	static const struct {
		const char *ext;
		const struct tz_state *(*lower)(struct tz_builder *b,
						const struct tz_sema_use *use);
	} rows[] = {
		{ "limit", lower_limit },   { "quota", lower_quota },
		{ "statistic", lower_nth }, { "hashlimit", lower_hashlimit },
		{ "recent", lower_recent },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].ext, use->ext->name) == 0)
			return rows[i].lower(b, use);
	return NULL;
}
