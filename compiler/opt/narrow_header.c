/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether a packet of a situation has the header that a match asks for
 * (SEMANTICS 2.5).
 */
#include "opt/narrow.h"

/* The bytes of L4 header that a packet of the whole situation has. */
static unsigned int whole_header(unsigned int proto)
{
	switch (proto) {
	case 6:
		return 20;
	case 17:
	case 136:
	case 1:
	case 58:
		return 8;
	case 132:
	case 33:
	case 51:
		return 12;
	case 50:
		return 8;
	case 108:
		return 4;
	}
	return 0;
}

/*
 * The value of a header match for a packet whose header is cut: legacy, and
 * what nft leaves to legacy's code, drop it; nft's own expressions load what
 * is there. In replace nobody judges after us, and legacy is what counts.
 */
static enum tz_known cut_header_truth(const struct tz_narrowing *n,
				      const struct tz_ir_match *m)
{
	const bool *backends = n->options->backends;
	bool has_it = n->situation == TZ_SIT_SHORT && m->header.bytes <= 4;
	bool is_native = m->header.is_native_in_nft &&
			 backends[TZ_BACKEND_NFT] && !n->options->is_replace;

	if (has_it)
		return TZ_IS_TRUE;
	if (!is_native)
		return TZ_IS_HOTDROP;
	if (n->situation == TZ_SIT_SHORT && !backends[TZ_BACKEND_LEGACY])
		return TZ_IS_TRUE;
	return TZ_IS_UNKNOWN;
}

enum tz_known tz_narrow_header(const struct tz_narrowing *n,
			       const struct tz_ir_match *m)
{
	if (m->header.is_lenient && n->situation != TZ_SIT_WHOLE) {
		/* In replace a later fragment has no header, whatever the
		 * kernel takes for one: its key does not hold these bytes. */
		bool is_open = n->situation == TZ_SIT_FRAGMENT &&
			       !n->options->is_replace;

		return is_open ? TZ_IS_UNKNOWN : TZ_IS_FALSE;
	}
	switch (n->situation) {
	case TZ_SIT_WHOLE:
		return m->header.bytes <= whole_header(m->header.proto)
			       ? TZ_IS_TRUE
			       : TZ_IS_UNKNOWN;
	case TZ_SIT_SHORT:
	case TZ_SIT_STUB:
		return cut_header_truth(n, m);
	case TZ_SIT_FRAGMENT:
	case TZ_SIT_OTHER:
	case TZ_SIT_ALL:
		break;
	}
	return n->options->is_replace ? TZ_IS_FALSE : TZ_IS_UNKNOWN;
}
